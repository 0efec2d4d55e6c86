import fc from 'fast-check';
import type { JsonValue } from '../../../server/domain/held.ts';

/** JSON as it is written: numbers as texts, and objects that may have a name twice. */
export type Written =
  | { readonly kind: 'word'; readonly text: 'true' | 'false' | 'null' }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'list'; readonly items: readonly Written[] }
  | { readonly kind: 'object'; readonly members: readonly (readonly [string, Written])[] };

const HIDING = [
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'toString',
  'objects',
  'id',
  '',
  '/',
  '~1',
  '~',
];
const PIECES = [
  'a',
  '"',
  '\\',
  '\u2028',
  'ü',
  '\ud83d',
  '\ude00',
  '😀',
  '[',
  '{',
  ':',
  ',',
  '\n',
  '\u0000',
  ' ',
];

const text = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(...HIDING) },
  {
    weight: 3,
    arbitrary: fc.array(fc.constantFrom(...PIECES), { maxLength: 6 }).map((each) => each.join('')),
  },
);

const numberText = fc.oneof(
  fc.integer().map(String),
  fc.constantFrom('0', '-0', '1e5', '1E+15', '1e16', '-1e400', '5e-324', '0.1', '-12.5e-3'),
  fc.constantFrom('9007199254740991', '9007199254740992', '-9007199254740992', '9007199254740993.5'),
  fc.nat({ max: 700 }).map((digits) => `0.${'0'.repeat(digits)}1`),
  fc.nat({ max: 30 }).map((digits) => `1${'0'.repeat(digits)}`),
);

/** Any JSON value, a few levels deep. */
export const anyWritten: fc.Arbitrary<Written> = fc.letrec<{ value: Written }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, depthSize: 'small' },
    fc.record({
      kind: fc.constant('word' as const),
      text: fc.constantFrom('true' as const, 'false' as const, 'null' as const),
    }),
    fc.record({ kind: fc.constant('number' as const), text: numberText }),
    fc.record({ kind: fc.constant('string' as const), value: text }),
    fc.record({ kind: fc.constant('list' as const), items: fc.array(tie('value'), { maxLength: 4 }) }),
    fc.record({
      kind: fc.constant('object' as const),
      members: fc.array(fc.tuple(text, tie('value')), { maxLength: 5 }),
    }),
  ),
})).value;

/** Chooses blanks and escapes. */
export type Choose = (below: number) => number;

export function createChoice(seed: number): Choose {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) % below;
  };
}

export function blanks(choose: Choose): string {
  return choose(3) > 0 ? '' : Array.from({ length: choose(4) }, () => ' \t\n\r'.charAt(choose(4))).join('');
}

/** Writes a value with random blanks inside and random escapes; none around it. */
export function write(value: Written, choose: Choose): string {
  const around = (inner: string): string => blanks(choose) + inner + blanks(choose);
  switch (value.kind) {
    case 'word':
    case 'number':
      return value.text;
    case 'string':
      return writeString(value.value, choose);
    case 'list':
      return `[${value.items.length === 0 ? blanks(choose) : value.items.map((item) => around(write(item, choose))).join(',')}]`;
    case 'object': {
      const members = value.members.map(
        ([name, member]) => `${around(writeString(name, choose))}:${around(write(member, choose))}`,
      );
      return `{${members.length === 0 ? blanks(choose) : members.join(',')}}`;
    }
  }
}

const SHORT = new Map([
  ['\n', '\\n'],
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['/', '\\/'],
]);

/** Whole characters as they are or with escapes; half of a surrogate pair can only be an escape. */
export function writeString(value: string, choose: Choose): string {
  const written = Array.from(value, (character) => {
    const mustEscape =
      !character.isWellFormed() || character < ' ' || character === '"' || character === '\\';
    if (!mustEscape && choose(4) > 0) return character;
    const short = SHORT.get(character);
    return short !== undefined && choose(2) > 0 ? short : toEscapes(character, choose);
  });
  return `"${written.join('')}"`;
}

function toEscapes(character: string, choose: Choose): string {
  return Array.from({ length: character.length }, (_, index) => {
    const digits = character.charCodeAt(index).toString(16).padStart(4, '0');
    return `\\u${choose(2) > 0 ? digits : digits.toUpperCase()}`;
  }).join('');
}

/** What a written value means; of a name that stands twice the last counts. */
export function valueOf(value: Written): JsonValue {
  switch (value.kind) {
    case 'word':
      return value.text === 'null' ? null : value.text === 'true';
    case 'number':
      return Number(value.text);
    case 'string':
      return value.value;
    case 'list':
      return value.items.map(valueOf);
    case 'object':
      return Object.fromEntries(value.members.map(([name, member]) => [name, valueOf(member)]));
  }
}

/** The second opinion: every fault of a written value, found by looking at everything, as `path message`. */
export function slowFaultsOf(value: Written, path = ''): readonly string[] {
  switch (value.kind) {
    case 'word':
      return [];
    case 'number':
      return Math.abs(Number(value.text)) <= Number.MAX_SAFE_INTEGER
        ? []
        : [`${path} is a number beyond 2^53 - 1: write it as a text`];
    case 'string':
      return value.value.isWellFormed() ? [] : [`${path} holds half of a surrogate pair`];
    case 'list':
      return value.items.flatMap((item, index) => slowFaultsOf(item, `${path}/${index}`));
    case 'object':
      return value.members.flatMap(([name, member], index) => {
        const inner = `${path}/${name.toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1')}`;
        const before = value.members.slice(0, index).some(([earlier]) => earlier === name);
        return [
          ...(before ? [`${inner} stands twice in the same object`] : []),
          ...(name === '__proto__' ? [`${inner} is a name that is not accepted`] : []),
          ...(name.isWellFormed() ? [] : [`${inner} has half of a surrogate pair in its name`]),
          ...slowFaultsOf(member, inner),
        ];
      });
  }
}
