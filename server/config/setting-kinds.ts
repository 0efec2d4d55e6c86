import { accessSync, constants, statSync } from 'node:fs';
import { isIP } from 'node:net';

/** What a text turned out to be: a value, or else what would have been right. */
export type Reading<T> = { readonly value: T } | { readonly wanted: string };

export type SettingKind =
  'integer' | 'duration' | 'on/off' | 'text' | 'url' | 'enum' | 'path' | 'host' | 'proxies';

/** One setting. `D` is the type of its default: `undefined` where there is none. */
export interface Setting<T, D extends string | undefined = string | undefined> {
  /** The environment's name without `POLLWATCH_`. */
  readonly name: string;
  readonly kind: SettingKind;
  /** One sentence for `.env.example` and the README. */
  readonly doc: string;
  /** What a value looks like, in words. */
  readonly wanted: string;
  readonly defaultText: D;
  /** The value may hold a credential: it is never printed. */
  readonly secret: boolean;
  /** The smallest and the largest value, both allowed: plain numbers, or milliseconds of a duration. */
  readonly range?: { readonly min: number; readonly max: number };
  parse(text: string): Reading<T>;
}

/** The type of a setting's value. */
export type ValueOf<S> =
  S extends Setting<infer T, infer D> ? (undefined extends D ? T | undefined : T) : never;

/** How long the other end may be given for its part of a connection. */
export const CLIENT_TIME = { min: '1s', max: '1h' } as const;

interface Spec<D extends string | undefined> {
  readonly name: string;
  readonly doc: string;
  readonly default: D;
}

/** `trust proxy` as Express takes it: nobody, the nearest proxies by number, or proxies by address. */
export type TrustProxy = false | number | readonly string[];

const MILLIS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
const DURATION = /^(0|[1-9]\d{0,9})(ms|s|m|h)$/;
const INTEGER = /^(0|[1-9]\d{0,14})$/;
const HOST_NAME = /^[A-Za-z0-9_][A-Za-z0-9_-]{0,62}(?:\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62}){0,40}$/;
// eslint-disable-next-line no-control-regex -- a control character would break log lines and JSON readers of clients.
const CONTROL = /[\u0000-\u001f\u007f]/;
/** Hosts, and the name of a database, without which the driver would write to one named `test`. */
const MONGO_URL = /^mongodb(?:\+srv)?:\/\/[^/\s?#]+\/[A-Za-z0-9_-]{1,63}(?:\?[^\s#]*)?$/;
const PROXY_NAMES: readonly string[] = ['loopback', 'linklocal', 'uniquelocal'];
const MAX_HOPS = 32;

function define<T, D extends string | undefined>(
  spec: Spec<D>,
  kind: SettingKind,
  wanted: string,
  read: (text: string) => T | undefined,
): Setting<T, D> {
  return {
    name: spec.name,
    kind,
    doc: spec.doc,
    wanted,
    defaultText: spec.default,
    secret: false,
    parse: (text) => {
      const value = read(text);
      return value === undefined ? { wanted } : { value };
    },
  };
}

function isWithin(value: number, range: { readonly min: number; readonly max: number }): boolean {
  return value >= range.min && value <= range.max;
}

/** A whole number from `min` to `max` in decimal digits, without a sign or leading zeros. */
export function integer<D extends string | undefined>(
  spec: Spec<D> & { readonly min: number; readonly max: number },
): Setting<number, D> {
  const range = { min: spec.min, max: spec.max };
  const wanted = `a whole number from ${range.min} to ${range.max}`;
  const setting = define(spec, 'integer', wanted, (text) => {
    const value = INTEGER.test(text) ? Number(text) : undefined;
    return value !== undefined && isWithin(value, range) ? value : undefined;
  });
  return { ...setting, range };
}

/** Writes milliseconds as a setting has it, in the largest unit that fits. */
export function formatDuration(millis: number): string {
  if (millis > 0 && millis % MILLIS.h === 0) return `${millis / MILLIS.h}h`;
  if (millis > 0 && millis % MILLIS.m === 0) return `${millis / MILLIS.m}m`;
  if (millis % MILLIS.s === 0) return `${millis / MILLIS.s}s`;
  return `${millis}ms`;
}

/** Reads `500ms`, `2s`, `10m` or `24h` as milliseconds; undefined when the text is none of these. */
export function parseDuration(text: string): number | undefined {
  const match = DURATION.exec(text);
  if (!match) return undefined;
  return Number(match[1]) * MILLIS[match[2] as keyof typeof MILLIS];
}

/** A duration from `min` to `max`, both as a setting writes them; its value is in milliseconds. */
export function duration<D extends string>(
  spec: Spec<D> & { readonly min: string; readonly max: string },
): Setting<number, D> {
  const range = { min: parseDuration(spec.min) ?? NaN, max: parseDuration(spec.max) ?? NaN };
  const wanted = `a duration such as 500ms, 2s, 10m or 24h, from ${spec.min} to ${spec.max}`;
  const setting = define(spec, 'duration', wanted, (text) => {
    const value = parseDuration(text);
    return value !== undefined && isWithin(value, range) ? value : undefined;
  });
  return { ...setting, range };
}

/** `on` or `off`. */
export function onOff<D extends string>(spec: Spec<D>): Setting<boolean, D> {
  const values = new Map([
    ['on', true],
    ['off', false],
  ]);
  return define(spec, 'on/off', 'on or off', (text) => values.get(text));
}

/** One of the named values. */
export function choice<D extends string, const V extends string>(
  spec: Spec<D> & { readonly values: readonly V[] },
): Setting<V, D> {
  const wanted = `one of ${spec.values.join(', ')}`;
  return define(spec, 'enum', wanted, (text) => spec.values.find((value) => value === text));
}

/** One line of text with something to see in it. */
export function line<D extends string | undefined>(
  spec: Spec<D> & { readonly maxLength: number },
): Setting<string, D> {
  const wanted = `one line of text of at most ${spec.maxLength} characters`;
  return define(spec, 'text', wanted, (text) =>
    text.trim() === '' || text.length > spec.maxLength || CONTROL.test(text) ? undefined : text,
  );
}

/** An address or a host name to listen on. */
export function host<D extends string>(spec: Spec<D>): Setting<string, D> {
  const wanted = 'an IP address without brackets, or a host name';
  return define(spec, 'host', wanted, (text) =>
    isIP(text) !== 0 || HOST_NAME.test(text) ? text : undefined,
  );
}

/** A folder or file that is looked for later. */
export function path<D extends string>(spec: Spec<D>): Setting<string, D> {
  return define(spec, 'path', 'a path', (text) => (CONTROL.test(text) ? undefined : text));
}

function isReadableFile(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** A file that is there and that this process may read. */
export function readableFile<D extends string | undefined>(spec: Spec<D>): Setting<string, D> {
  const wanted = 'the path of a file that this process can read';
  return define(spec, 'path', wanted, (text) => (isReadableFile(text) ? text : undefined));
}

/** An `http` or `https` URL that paths can be put behind; its value has no slash at the end. */
export function baseUrl<D extends string | undefined>(spec: Spec<D>): Setting<string, D> {
  const wanted = 'an http:// or https:// URL without user, password, query or fragment';
  const setting = define(spec, 'url', wanted, (text) => {
    const url = /[\s?#]/.test(text) ? null : URL.parse(text);
    if (url === null || !['http:', 'https:'].includes(url.protocol)) return undefined;
    if (url.username !== '' || url.password !== '') return undefined;
    return url.href.replace(/\/$/, '');
  });
  // A password that was put into the URL by mistake is not to be printed.
  return { ...setting, secret: true };
}

/** Where the data is kept; the value is the text itself. */
export function databaseUrl<D extends string>(spec: Spec<D>): Setting<string, D> {
  const wanted =
    'sqlite:PATH, such as sqlite:./data/pollwatch.db, sqlite::memory:, or mongodb://HOST/DATABASE with the name of a database';
  const setting = define(spec, 'url', wanted, (text) => {
    if (text === 'sqlite::memory:') return text;
    if (/^mongodb(\+srv)?:/.test(text)) return MONGO_URL.test(text) && !CONTROL.test(text) ? text : undefined;
    // `sqlite://data/x.db` would mean the folder /data to some and ./data to others.
    return /^sqlite:(?!\/\/|:)[^?#]*[^/\s?#]$/.test(text) && !CONTROL.test(text) ? text : undefined;
  });
  return { ...setting, secret: true };
}

function isProxy(text: string): boolean {
  if (PROXY_NAMES.includes(text)) return true;
  const slash = text.indexOf('/');
  const address = slash < 0 ? text : text.slice(0, slash);
  const family = address.includes('%') ? 0 : isIP(address);
  if (family === 0 || slash < 0) return family !== 0;
  const bits = text.slice(slash + 1);
  return /^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
}

/** Which proxies in front of the server tell the truth about the client's address. */
export function proxies<D extends string>(spec: Spec<D>): Setting<TrustProxy, D> {
  const wanted = `off, a number of proxies from 1 to ${MAX_HOPS}, or addresses (10.0.0.0/8, ::1, ${PROXY_NAMES.join(', ')}) with commas between them`;
  return define<TrustProxy, D>(spec, 'proxies', wanted, (text) => {
    if (text === 'off') return false;
    if (/^\d+$/.test(text))
      return INTEGER.test(text) && isWithin(Number(text), { min: 1, max: MAX_HOPS })
        ? Number(text)
        : undefined;
    const addresses = text.split(',').map((address) => address.trim());
    return addresses.every(isProxy) ? Object.freeze(addresses) : undefined;
  });
}
