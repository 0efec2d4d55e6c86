import { BSON } from 'mongodb';
import type { JsonObject, JsonValue } from '../../domain/held.ts';

/** Levels that MongoDB takes in a document are 100, of which ours takes one. */
const MAX_DEPTH = 98;
/** Room in a document for what stands beside the object. */
const BESIDE_BYTES = 8192;
/** No native document is larger than so many times its text: the worst are long lists of single digits. */
const LARGEST_GROWTH = 8;

/**
 * An object as a native document, for people who query it: the order of the properties stays, but for names that are
 * whole numbers, which come first. What a MongoDB of any age may refuse in a name (a dot, a dollar in front, a zero
 * character) is written with the character that MongoDB's manual recommends for it; the text beside it has the name as
 * it was sent.
 */
export function toNative(object: JsonObject): ReadonlyMap<string, unknown> {
  return new Map(Object.entries(object).map(([name, value]) => [toNativeName(name), toNativeValue(value)]));
}

function toNativeValue(value: JsonValue): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (isList(value)) return value.map(toNativeValue);
  return toNative(value);
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function toNativeName(name: string): string {
  const plain =
    name.includes('.') || name.includes('\0') ? name.replaceAll('.', '．').replaceAll('\0', '␀') : name;
  return plain.startsWith('$') ? `＄${plain.slice(1)}` : plain;
}

/**
 * Why an object cannot be held, in words that give both sizes; undefined when it can.
 * @param maxBytes what the server takes for a document
 */
export function findNativeFault(object: JsonObject, text: string, maxBytes: number): string | undefined {
  if (isDeeperThan(object, MAX_DEPTH)) {
    return `it is nested more than ${MAX_DEPTH} levels deep, and MongoDB takes no more`;
  }
  const room = maxBytes - BESIDE_BYTES;
  // Nearly every object is small enough for its size not to be counted.
  if (text.length * LARGEST_GROWTH < room) return undefined;
  const largest = Math.max(Buffer.byteLength(text), sizeOf(object));
  if (largest <= room) return undefined;
  return `it takes ${largest} bytes as a document of MongoDB, which takes at most ${room} for an object`;
}

function sizeOf(object: JsonObject): number {
  // Writing it out would need a buffer that the driver has not got.
  return BSON.calculateObjectSize(toNative(object));
}

/** Whether the native document of an object and texts beside it fit into one document together. */
export function fitsWithTexts(object: JsonObject, texts: readonly string[], maxBytes: number): boolean {
  const room = maxBytes - BESIDE_BYTES;
  const characters = texts.reduce((sum, text) => sum + text.length, 0);
  if (characters * (LARGEST_GROWTH + 1) < room) return true;
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), sizeOf(object)) <= room;
}

function isDeeperThan(value: JsonValue, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  return Object.values(value).some((member: JsonValue) => isDeeperThan(member, levels - 1));
}
