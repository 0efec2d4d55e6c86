/** The one content type of every answer (TAXII 2.1, 1.6.8). */
export const TAXII_MEDIA_TYPE = 'application/taxii+json;version=2.1';

interface MediaRange {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const MAX_RANGES = 50;

function parseRange(text: string): MediaRange {
  const [type = '', ...rest] = text.split(';');
  const parameters = rest.map((parameter): [string, string] => {
    const equals = parameter.indexOf('=');
    const value = parameter.slice(equals + 1).trim();
    return [parameter.slice(0, Math.max(0, equals)).trim().toLowerCase(), value.replace(/^"([^"]*)"$/, '$1')];
  });
  return { type: type.trim().toLowerCase(), parameters: new Map(parameters) };
}

const MAX_KEPT = 100;
const MAX_KEPT_LENGTH = 300;

/** Remembers what was found of a header: pollers send few different ones, over and over. */
function rememberByHeader(judge: (header: string) => boolean): (header: string) => boolean {
  const known = new Map<string, boolean>();
  return (header) => {
    const before = known.get(header);
    if (before !== undefined) return before;
    const found = judge(header);
    if (header.length > MAX_KEPT_LENGTH) return found;
    if (known.size >= MAX_KEPT) known.clear();
    known.set(header, found);
    return found;
  };
}

/** How closely a range names what we send; the closest one alone says whether it is wanted (RFC 9110, 12.5.1). */
const CLOSENESS: ReadonlyMap<string, number> = new Map([
  ['*/*', 0],
  ['application/*', 1],
  ['application/taxii+json', 2],
]);

/** Whether an answer in TAXII 2.1 is acceptable (RFC 9110, 12.5.1). A missing header accepts everything. */
export function isAcceptable(accept: string | undefined): boolean {
  return accept === undefined || accept.trim() === '' || allowsTaxii(accept);
}

const allowsTaxii = rememberByHeader((accept) =>
  isWanted(accept, ({ type, parameters }) => {
    const version = parameters.get('version');
    if (version !== undefined && version !== '2.1') return undefined;
    const closeness = CLOSENESS.get(type);
    return closeness === undefined ? undefined : closeness + (version === undefined ? 0 : 1);
  }),
);

/** Whether the closest of the ranges that match has a quality above zero. */
function isWanted(header: string, closenessOf: (range: MediaRange) => number | undefined): boolean {
  let closest = -1;
  let wanted = false;
  for (const text of header.split(',', MAX_RANGES)) {
    const range = parseRange(text);
    const closeness = closenessOf(range);
    if (closeness === undefined || closeness < closest) continue;
    const hasQuality = Number(range.parameters.get('q') ?? 1) > 0;
    wanted = closeness === closest ? wanted || hasQuality : hasQuality;
    closest = closeness;
  }
  return wanted;
}

/** Whether a body of this type can be read: `application/taxii+json` with no version or 2.1 (TAXII 2.1, 3.1). */
export function isTaxiiContent(contentType: string | undefined): boolean {
  if (contentType === undefined) return false;
  const { type, parameters } = parseRange(contentType);
  const version = parameters.get('version');
  const charset = parameters.get('charset')?.toLowerCase() ?? 'utf-8';
  return (
    type === 'application/taxii+json' && (version === undefined || version === '2.1') && charset === 'utf-8'
  );
}

/** Whether the caller takes gzip (RFC 9110, 12.5.3). */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  return acceptEncoding !== undefined && allowsGzip(acceptEncoding);
}

const allowsGzip = rememberByHeader((acceptEncoding) =>
  isWanted(acceptEncoding, ({ type }) => {
    if (type === 'gzip' || type === 'x-gzip') return 1;
    return type === '*' ? 0 : undefined;
  }),
);
