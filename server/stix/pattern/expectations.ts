import type { TokenKind } from './lexer.ts';

/** What may stand at a place of a pattern. */
export interface Expectation {
  /** Empty where only a bracket can be closed. */
  readonly what: string;
  /** The keywords among it, for those that were meant. */
  readonly keywords: readonly string[];
  /** What to write instead of a token of some kind. */
  readonly hints?: Partial<Readonly<Record<TokenKind, string>>>;
}

const OPERATORS = ['IN', 'LIKE', 'MATCHES', 'ISSUBSET', 'ISSUPERSET'] as const;
const JOINTS = ['AND', 'OR'];
const QUALIFIERS = ['WITHIN', 'REPEATS', 'START'];
const TEXT_IN_QUOTES = 'Put a text in single quotes.';
const BRACKETS = "Comparisons stand in square brackets, as in [file:name = 'a.exe'].";
const NO_ORDER = 'true and false have no order; compare them with = or !=.';
const NEEDS_TEXT = 'This operator compares with a text.';

export const OBSERVATION: Expectation = {
  what: '"[" or "("',
  keywords: [],
  hints: { name: BRACKETS, 'hyphenated-name': BRACKETS, EXISTS: BRACKETS },
};
export const AFTER_OBSERVATION: Expectation = {
  what: 'AND, OR, FOLLOWEDBY, a qualifier (WITHIN, REPEATS, START)',
  keywords: [...JOINTS, 'FOLLOWEDBY', ...QUALIFIERS],
  hints: {
    '[': 'Join two observations with AND, OR or FOLLOWEDBY.',
    ']': 'No "[" is open here.',
    ')': 'No "(" is open here.',
    STOP: 'STOP stands after START.',
  },
};
export const COMPARISON: Expectation = {
  what: 'an object path such as file:name, EXISTS, NOT EXISTS or "("',
  keywords: ['NOT', 'EXISTS'],
  hints: { '[': 'Square brackets do not nest; group comparisons with "(" and ")".' },
};
export const AFTER_COMPARISON: Expectation = {
  what: 'AND, OR',
  keywords: JOINTS,
  hints: {
    FOLLOWEDBY: 'FOLLOWEDBY joins observations, outside of the square brackets.',
    WITHIN: 'Qualifiers stand after the square brackets.',
    REPEATS: 'Qualifiers stand after the square brackets.',
    START: 'Qualifiers stand after the square brackets.',
    '=': 'EXISTS stands before a path alone, without an operator and a value.',
  },
};
export const EXISTS_AFTER_NOT: Expectation = {
  what: 'EXISTS after a NOT that begins a comparison',
  keywords: ['EXISTS'],
  hints: {
    name: "To negate a comparison put NOT before its operator, as in file:name NOT = 'a.exe'.",
    'hyphenated-name': "To negate a comparison put NOT before its operator, as in url:value NOT = 'a'.",
    '(': "Only single comparisons can be negated, before the operator, as in file:name NOT = 'a.exe'.",
  },
};
export const COLON: Expectation = {
  what: '":" and a property name after the object type',
  keywords: [],
  hints: { '.': 'A colon stands between type and property, as in file:name.' },
};
export const PROPERTY: Expectation = {
  what: 'a property name',
  keywords: [],
  hints: {
    '[': 'A property name comes first.',
    '*': 'Only the items of a list can be left open, as in [*].',
  },
};
export const PATH_AFTER_EXISTS: Expectation = {
  what: 'an object path such as file:name after EXISTS',
  keywords: [],
};
export const INDEX: Expectation = {
  what: 'the number of an item from 0, or "*" for any',
  keywords: [],
  hints: { string: "A property stands after a point, as in file:hashes.'SHA-256'." },
};
export const AFTER_INDEX: Expectation = { what: '', keywords: [] };
export const OPERATOR: Expectation = {
  what: `an operator (=, !=, <, <=, >, >=, ${OPERATORS.join(', ')}) or NOT before it`,
  keywords: [...OPERATORS, 'NOT'],
  hints: { ':': 'A point stands between the properties of a path, as in file:hashes.MD5.' },
};
export const OPERATOR_AFTER_NOT: Expectation = { ...OPERATOR, what: 'an operator after NOT' };
const SLIPS_OF_OPERATORS = {
  '>': 'Write "greater or equal" as >=.',
  '<': 'Write "less or equal" as <=.',
  '=': 'The operators are =, !=, <, <=, > and >=.',
} as const;
export const VALUE: Expectation = {
  what: "a value: a string in single quotes, a number, true, false, t'..', h'..' or b'..'",
  keywords: [],
  hints: {
    name: TEXT_IN_QUOTES,
    'hyphenated-name': TEXT_IN_QUOTES,
    '(': 'A list of values stands after IN.',
    ...SLIPS_OF_OPERATORS,
  },
};
export const ORDERABLE: Expectation = {
  what: "a value with an order: a string in single quotes, a number, t'..', h'..' or b'..'",
  keywords: [],
  hints: { ...VALUE.hints, boolean: NO_ORDER },
};
export const STRING: Expectation = {
  what: 'a string in single quotes',
  keywords: [],
  hints: { ...VALUE.hints, integer: NEEDS_TEXT, float: NEEDS_TEXT, boolean: NEEDS_TEXT },
};
export const SET: Expectation = {
  what: 'a list after IN, as in (1, 2)',
  keywords: [],
  hints: { string: "Put it in round brackets, as in ('a', 'b').", '[': 'The list stands in round brackets.' },
};
export const AFTER_SET_VALUE: Expectation = { what: '","', keywords: [] };
export const SET_VALUE: Expectation = {
  ...VALUE,
  hints: { ...VALUE.hints, ')': 'No comma stands after the last value.' },
};
export const WITHIN_NUMBER: Expectation = {
  what: 'a number of seconds that is not negative',
  keywords: [],
};
export const SECONDS: Expectation = { what: 'SECONDS', keywords: ['SECONDS'] };
export const REPEATS_NUMBER: Expectation = {
  what: 'a whole number that is not negative',
  keywords: [],
};
export const TIMES: Expectation = { what: 'TIMES', keywords: ['TIMES'] };
const TIMESTAMP_HINTS = { string: 'Put a t before the quote.', name: "Write it as t'..'." };
export const START_TIMESTAMP: Expectation = {
  what: "a timestamp such as t'2018-08-21T00:00:00Z' after START",
  keywords: [],
  hints: TIMESTAMP_HINTS,
};
export const STOP: Expectation = { what: "STOP and a timestamp after START t'..'", keywords: ['STOP'] };
export const STOP_TIMESTAMP: Expectation = {
  ...START_TIMESTAMP,
  what: "a timestamp such as t'2018-08-21T00:00:00Z' after STOP",
};

/** Where a value stands, and an unquoted word was probably meant as one. */
export const VALUES: ReadonlySet<Expectation> = new Set([VALUE, ORDERABLE, STRING, SET_VALUE]);
