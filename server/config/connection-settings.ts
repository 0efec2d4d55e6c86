import { CLIENT_TIME, duration, integer } from './setting-kinds.ts';

/** The settings of what a client's connection may take, as in `SETTINGS`. */
export const CONNECTION_SETTINGS = {
  requestTimeoutMs: duration({
    name: 'REQUEST_TIMEOUT',
    default: '2m',
    ...CLIENT_TIME,
    doc: 'How long a client may take to send a whole request.',
  }),
  headersTimeoutMs: duration({
    name: 'HEADERS_TIMEOUT',
    default: '20s',
    ...CLIENT_TIME,
    doc: 'How long a client may take to send the headers of a request.',
  }),
  sendTimeoutMs: duration({
    name: 'SEND_TIMEOUT',
    default: '60s',
    ...CLIENT_TIME,
    doc: 'How long a client may take nothing of an answer before its connection is closed.',
  }),
  keepAliveTimeoutMs: duration({
    name: 'KEEP_ALIVE_TIMEOUT',
    default: '65s',
    ...CLIENT_TIME,
    doc: 'How long an idle connection stays open; longer than that of a load balancer in front.',
  }),
  maxConnections: integer({
    name: 'MAX_CONNECTIONS',
    default: '4096',
    min: 1,
    max: 100_000,
    doc: 'How many connections are open at once at most.',
  }),
} as const;
