import { createHash } from 'node:crypto';

const HYPHENS = /-/g;

/**
 * The UUID, version 5, of a name in a namespace (RFC 4122, 4.3), in lower case.
 * @param namespace a UUID
 * @param name any text; its UTF-8 counts
 */
export function uuid5(namespace: string, name: string): string {
  const digest = createHash('sha1')
    .update(Buffer.from(namespace.replace(HYPHENS, ''), 'hex'))
    .update(name, 'utf8')
    .digest();
  digest.writeUInt8((digest.readUInt8(6) & 0x0f) | 0x50, 6);
  digest.writeUInt8((digest.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = digest.toString('hex', 0, 16);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
