import { CONNECTION_SETTINGS } from './connection-settings.ts';
import { FEED_SETTINGS } from './feed-settings.ts';
import {
  baseUrl,
  choice,
  databaseUrl,
  duration,
  host,
  integer,
  line,
  onOff,
  path,
  proxies,
  readableFile,
  type ValueOf,
} from './setting-kinds.ts';

/** What every environment name of ours begins with. */
export const PREFIX = 'POLLWATCH_';

/** Every setting, under the name that it has in `Settings`, in the order of the documentation. */
export const SETTINGS = {
  host: host({
    name: 'HOST',
    default: '127.0.0.1',
    doc: 'The address to listen on; one that is not loopback needs TLS or INSECURE_HTTP.',
  }),
  port: integer({
    name: 'PORT',
    default: '8080',
    min: 0,
    max: 65_535,
    doc: 'The port to listen on; 0 takes any free one.',
  }),
  publicUrl: baseUrl({
    name: 'PUBLIC_URL',
    default: undefined,
    doc: 'What discovery shows as the address of this server; unset, the address listened on.',
  }),
  databaseUrl: databaseUrl({
    name: 'DATABASE_URL',
    default: 'sqlite:./data/pollwatch.db',
    doc: 'Where the data is kept; with a value of its own, the sample is never loaded.',
  }),
  collectionsDir: path({
    name: 'COLLECTIONS_DIR',
    default: './collections',
    doc: 'The folder with one file for each collection.',
  }),
  tlsCertFile: readableFile({
    name: 'TLS_CERT_FILE',
    default: undefined,
    doc: 'The certificate chain in PEM form; with TLS_KEY_FILE, the server speaks HTTPS.',
  }),
  tlsKeyFile: readableFile({
    name: 'TLS_KEY_FILE',
    default: undefined,
    doc: 'The private key of the certificate in PEM form.',
  }),
  tlsClientCaFile: readableFile({
    name: 'TLS_CLIENT_CA_FILE',
    default: undefined,
    doc: 'The authorities in PEM form whose client certificates are taken; whom each stands for says user add --certificate.',
  }),
  insecureHttp: onOff({
    name: 'INSECURE_HTTP',
    default: 'off',
    doc: 'On says that TLS ends in front of this server, and allows plain HTTP on any address.',
  }),
  trustProxy: proxies({
    name: 'TRUST_PROXY',
    default: 'off',
    doc: 'Which proxies in front of this server are believed about the address of a client.',
  }),
  title: line({
    name: 'TITLE',
    default: 'Pollwatch',
    maxLength: 200,
    doc: 'The title that discovery shows.',
  }),
  description: line({
    name: 'DESCRIPTION',
    default: undefined,
    maxLength: 2000,
    doc: 'The description that discovery shows.',
  }),
  contact: line({
    name: 'CONTACT',
    default: undefined,
    maxLength: 500,
    doc: 'Whom discovery names for questions, such as an e-mail address.',
  }),
  maxContentLengthBytes: integer({
    name: 'MAX_CONTENT_LENGTH',
    default: '10485760',
    min: 1024,
    max: 268_435_456,
    doc: 'The largest body of a request in bytes.',
  }),
  maxDepth: integer({
    name: 'MAX_DEPTH',
    default: '100',
    min: 10,
    max: 1000,
    doc: 'How deep objects and lists may be nested in a body.',
  }),
  maxObjects: integer({
    name: 'MAX_OBJECTS',
    default: '50000',
    min: 1,
    max: 1_000_000,
    doc: 'How many objects an envelope may have.',
  }),
  maxUrlLength: integer({
    name: 'MAX_URL_LENGTH',
    default: '16384',
    min: 1024,
    max: 65_536,
    doc: 'The longest URL of a request in bytes, not counting the value of next.',
  }),
  maxHeaderBytes: integer({
    name: 'MAX_HEADER_BYTES',
    default: '65536',
    min: 8192,
    max: 1_048_576,
    doc: 'The most bytes of the URL and all headers of a request together.',
  }),
  maxFilterValues: integer({
    name: 'MAX_FILTER_VALUES',
    default: '500',
    min: 1,
    max: 10_000,
    doc: 'How many values the filters of one request may hold.',
  }),
  pageLimitDefault: integer({
    name: 'PAGE_LIMIT_DEFAULT',
    default: '100',
    min: 1,
    max: 10_000,
    doc: 'How many objects a page holds when the request has no limit.',
  }),
  pageLimitMax: integer({
    name: 'PAGE_LIMIT_MAX',
    default: '1000',
    min: 1,
    max: 10_000,
    doc: 'How many objects a page holds at most, whatever the request asks for.',
  }),
  pageScanMax: integer({
    name: 'PAGE_SCAN_MAX',
    default: '20000',
    min: 100,
    max: 10_000_000,
    doc: 'How many index rows are looked at for one page before a shorter one is sent.',
  }),
  pageCacheBytes: integer({
    name: 'PAGE_CACHE_BYTES',
    default: '67108864',
    min: 0,
    max: 17_179_869_184,
    doc: 'How much memory finished pages may take in bytes; 0 turns the cache off.',
  }),
  referenceGraceMs: duration({
    name: 'REFERENCE_GRACE',
    default: '10m',
    min: '0s',
    max: '168h',
    doc: 'How long an object waits for something that it refers to and that never arrived.',
  }),
  statusRetentionMs: duration({
    name: 'STATUS_RETENTION',
    default: '24h',
    min: '24h',
    max: '8760h',
    doc: 'How long the status of a submission can be asked for.',
  }),
  credentialMemoryMs: duration({
    name: 'CREDENTIAL_MEMORY',
    default: '60s',
    min: '0s',
    max: '1h',
    doc: 'How long a verified credential is remembered, so that its hash is not computed again; 0s turns it off.',
  }),
  credentialMemoryMax: integer({
    name: 'CREDENTIAL_MEMORY_MAX',
    default: '10000',
    min: 1,
    max: 1_000_000,
    doc: 'How many verified credentials are remembered at most.',
  }),
  loginAttempts: integer({
    name: 'LOGIN_ATTEMPTS',
    default: '20',
    min: 1,
    max: 10_000,
    doc: 'How many failed logins a user and address may have within LOGIN_WINDOW; an address alone may have ten times as many.',
  }),
  loginWindowMs: duration({
    name: 'LOGIN_WINDOW',
    default: '1m',
    min: '1s',
    max: '24h',
    doc: 'For how long a failed login counts.',
  }),
  ...CONNECTION_SETTINGS,
  writeWaitMs: duration({
    name: 'WRITE_WAIT',
    default: '30s',
    min: '100ms',
    max: '10m',
    doc: "How long a write waits for the database's lock.",
  }),
  maxPendingWrites: integer({
    name: 'MAX_PENDING_WRITES',
    default: '256',
    min: 1,
    max: 100_000,
    doc: 'How many writes may wait at once before further ones are told to come back later.',
  }),
  workers: integer({
    name: 'WORKERS',
    default: '1',
    min: 1,
    max: 64,
    doc: 'How many processes serve; about one for each core.',
  }),
  metricsHost: host({
    name: 'METRICS_HOST',
    default: '127.0.0.1',
    doc: 'The address on which the metrics are given out.',
  }),
  metricsPort: integer({
    name: 'METRICS_PORT',
    default: undefined,
    min: 0,
    max: 65_535,
    doc: 'The port on which Prometheus asks for /metrics; unset, there are none.',
  }),
  mongoPoolSize: integer({
    name: 'MONGO_POOL_SIZE',
    default: '20',
    min: 2,
    max: 1000,
    doc: 'How many connections to MongoDB each process has at most.',
  }),
  mongoTimeoutMs: duration({
    name: 'MONGO_TIMEOUT',
    default: '10s',
    min: '100ms',
    max: '10m',
    doc: 'How long an answer of MongoDB may take before a request is told to come back later.',
  }),
  ...FEED_SETTINGS,
  shutdownTimeoutMs: duration({
    name: 'SHUTDOWN_TIMEOUT',
    default: '30s',
    min: '100ms',
    max: '10m',
    doc: 'How long requests in flight may take after SIGTERM before they are cut off.',
  }),
  logLevel: choice({
    name: 'LOG_LEVEL',
    default: 'info',
    values: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
    doc: 'How much is logged.',
  }),
  sample: onOff({
    name: 'SAMPLE',
    default: 'on',
    doc: 'Off leaves a new database empty; never on with DATABASE_URL set or NODE_ENV=production.',
  }),
} as const;

/** The value of every setting as read. */
export type SettingValues = {
  readonly [K in keyof typeof SETTINGS]: ValueOf<(typeof SETTINGS)[K]>;
};
