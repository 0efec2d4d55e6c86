import { memberOf, isJsonObject } from '../../stix/json.ts';
import { toCheckedObject } from '../../stix/check-object.ts';
import type { RawObject } from '../../stix/read-objects.ts';

/** An object of a partner, and what it is called as far as it can be read. */
export interface Incoming {
  readonly raw: RawObject;
  readonly type: string | undefined;
  readonly id: string | undefined;
  readonly version: string | undefined;
  /** Undefined when its id or its version cannot be read: it is then valid for nobody. */
  readonly versionKey: string | undefined;
}

export function toIncoming(raw: RawObject): Incoming {
  const { value } = raw;
  const type = textOf(raw, 'type');
  const specVersion = textOf(raw, 'spec_version') === '2.0' ? '2.0' : '2.1';
  const read = toCheckedObject(value, specVersion);
  if (read) return { raw, type, id: read.id, version: read.version, versionKey: read.versionKey };
  const version = textOf(raw, 'modified') ?? textOf(raw, 'created');
  return { raw, type, id: textOf(raw, 'id'), version, versionKey: undefined };
}

function textOf({ value }: RawObject, name: string): string | undefined {
  const member = isJsonObject(value) ? memberOf(value, name) : undefined;
  return typeof member === 'string' ? member : undefined;
}
