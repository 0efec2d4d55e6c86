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

const ACCEPTED_TYPES: ReadonlySet<string> = new Set(['application/taxii+json', 'application/*', '*/*']);

/** Whether an answer in TAXII 2.1 is acceptable (RFC 9110, 12.5.1). A missing header accepts everything. */
export function isAcceptable(accept: string | undefined): boolean {
  if (accept === undefined || accept.trim() === '') return true;
  return accept.split(',', MAX_RANGES).some((text) => {
    const { type, parameters } = parseRange(text);
    const version = parameters.get('version');
    if (!ACCEPTED_TYPES.has(type) || (version !== undefined && version !== '2.1')) return false;
    const quality = parameters.get('q');
    return quality === undefined || Number(quality) > 0;
  });
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
  if (acceptEncoding === undefined) return false;
  return acceptEncoding.split(',', MAX_RANGES).some((text) => {
    const { type, parameters } = parseRange(text);
    return (type === 'gzip' || type === '*') && Number(parameters.get('q') ?? 1) > 0;
  });
}
