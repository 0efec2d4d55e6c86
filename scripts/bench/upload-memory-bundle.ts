import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readMixedObjects } from './mixed-objects.ts';

const IDENTIFIER = /[a-z0-9-]{1,50}--[0-9a-f]{8}-[0-9a-f-]{27}/g;
/** What others refer to by ids that are the same everywhere. */
const FIXED = /^(?:marking|extension)-definition/;
const DESCRIPTION = '"description":"';
/** With it an object has about 1.5 KB on average. */
const STORY = 'A longer text about what was found and where, told in words. '.repeat(50);

/**
 * Writes a bundle of mixed objects. Each has an id of its own, and refers to those of its turn.
 * @param bytes how large it becomes, or a little larger
 * @returns how many objects it has
 */
export async function writeLargeBundle(file: string, bytes: number): Promise<number> {
  const texts = readMixedObjects().map((text) => text.replace(DESCRIPTION, DESCRIPTION + STORY));
  const others = texts.filter((text) => !FIXED.test(typeOf(text)));
  const out = createWriteStream(file);
  out.write(`{"type":"bundle","id":"bundle--${randomUUID()}","objects":[\n`);
  let objects = 0;
  let written = 0;
  for (let turn = texts; written < bytes; turn = others) {
    const piece = renew(turn.join(',\n'));
    written += Buffer.byteLength(piece);
    if (!out.write(objects === 0 ? piece : `,\n${piece}`)) await once(out, 'drain');
    objects += turn.length;
  }
  out.end('\n]}\n');
  await once(out, 'close');
  return objects;
}

function renew(text: string): string {
  const ids = new Map<string, string>();
  return text.replace(IDENTIFIER, (id) => {
    if (FIXED.test(id)) return id;
    const renewed = ids.get(id) ?? `${id.slice(0, id.indexOf('--'))}--${randomUUID()}`;
    ids.set(id, renewed);
    return renewed;
  });
}

function typeOf(text: string): string {
  return /"type":"([^"]*)"/.exec(text)?.[1] ?? '';
}
