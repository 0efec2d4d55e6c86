import { BSON } from 'mongodb';
import type { Tick } from '../../domain/timestamp.ts';
import type { EntryRow } from './rows.ts';

/** What a page of objects shows of an entry. */
export type TextRow = Pick<EntryRow, 'tick' | 'text'>;

/** The projection that yields just these. */
export const TEXT_FIELDS = { _id: 0, tick: 1, text: 1 } as const;

const DOUBLE = 0x01;
const STRING = 0x02;
/** Both names have four characters, which are compared as one number. */
const NAME_BYTES = 4;
const TICK = Buffer.from('tick').readInt32LE();
const TEXT = Buffer.from('text').readInt32LE();

/**
 * Reads a document of TEXT_FIELDS as it came (bsonspec.org). A page has a hundred of them, and the driver's own way to
 * an object costs more than all else that is done for a page; it is taken for whatever is not as this store wrote it.
 */
export function parseTextRow(document: Buffer): TextRow {
  let tick: Tick | undefined;
  let text: string | undefined;
  // The length of the document comes first.
  let at = 4;
  while (document[at] !== 0) {
    const type = document[at];
    const name = document.readInt32LE(at + 1);
    const value = at + 1 + NAME_BYTES + 1;
    if (document[value - 1] !== 0) return parseAnyRow(document);
    if (name === TICK && type === DOUBLE) {
      tick = document.readDoubleLE(value);
      at = value + 8;
    } else if (name === TEXT && type === STRING) {
      // The length counts the zero at the end.
      const end = value + 4 + document.readInt32LE(value);
      text = document.toString('utf8', value + 4, end - 1);
      at = end;
    } else {
      return parseAnyRow(document);
    }
  }
  return tick === undefined || text === undefined ? parseAnyRow(document) : { tick, text };
}

function parseAnyRow(document: Buffer): TextRow {
  return BSON.deserialize(document) as TextRow;
}
