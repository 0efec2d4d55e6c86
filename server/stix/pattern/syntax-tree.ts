/** How a test compares; `==` is read as `=` and `<>` as `!=` (STIX 2.1, 9.6). */
export type Comparator = '=' | '!=' | '<' | '<=' | '>' | '>=';
export type TextOperator = 'LIKE' | 'MATCHES' | 'ISSUBSET' | 'ISSUPERSET';
export type Operator = Comparator | TextOperator | 'IN';

/** One step of an object path: a property, or an item of a list by its decimal number or `*` for any. */
export type PathStep =
  { readonly kind: 'property'; readonly name: string } | { readonly kind: 'index'; readonly index: string };

/** An object path (STIX 2.1, 9.7). */
export interface ObjectPath {
  readonly objectType: string;
  /** The first one is a property. */
  readonly steps: readonly PathStep[];
  /** The canonical spelling: no blanks, quotes only where they are needed. */
  readonly text: string;
}

/** A constant. Strings are decoded; numbers, timestamps and digits stand as written, without quotes. */
export type Literal =
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'integer'; readonly text: string }
  | { readonly kind: 'float'; readonly text: string }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'timestamp'; readonly text: string }
  | { readonly kind: 'hex'; readonly digits: string }
  | { readonly kind: 'binary'; readonly base64: string };

/** What stands inside square brackets. Joined expressions have two operands or more. */
export type ComparisonExpression =
  | { readonly kind: 'and' | 'or'; readonly operands: readonly ComparisonExpression[] }
  | { readonly kind: 'group'; readonly expression: ComparisonExpression }
  | {
      readonly kind: 'test';
      readonly path: ObjectPath;
      readonly isNegated: boolean;
      readonly operator: Comparator | TextOperator;
      readonly value: Literal;
    }
  | {
      readonly kind: 'in';
      readonly path: ObjectPath;
      readonly isNegated: boolean;
      readonly values: readonly Literal[];
    }
  | { readonly kind: 'exists'; readonly path: ObjectPath; readonly isNegated: boolean };

/** Numbers and timestamps as written, without quotes. */
export type Qualifier =
  | { readonly kind: 'within'; readonly seconds: string }
  | { readonly kind: 'repeats'; readonly times: string }
  | { readonly kind: 'start-stop'; readonly start: string; readonly stop: string };

/** Observations and what joins them (STIX 2.1, 9.5). Joined expressions have two operands or more. */
export type ObservationExpression =
  | { readonly kind: 'and' | 'or' | 'followed-by'; readonly operands: readonly ObservationExpression[] }
  | {
      readonly kind: 'observation';
      readonly comparison: ComparisonExpression;
      readonly qualifiers: readonly Qualifier[];
    }
  | {
      readonly kind: 'group';
      readonly expression: ObservationExpression;
      readonly qualifiers: readonly Qualifier[];
    };

/** A text that a pattern compares with, free of quotes, escapes and encodings. */
export interface PatternLiteral {
  /** The object path in its canonical spelling. */
  readonly path: string;
  readonly operator: Operator;
  /** The string; of `h'..'` and `b'..'` the bytes as UTF-8, with U+FFFD for what is none. */
  readonly text: string;
}

/** A pattern that was read (STIX 2.1, 9). */
export interface Pattern {
  readonly kind: 'pattern';
  readonly expression: ObservationExpression;
  /** Sorted, each once. */
  readonly observableTypes: readonly string[];
  /** Each once, in the order of the pattern and in the canonical spelling: `file:hashes.'SHA-256'`. */
  readonly propertyPaths: readonly string[];
  /** In the order of the pattern. */
  readonly literals: readonly PatternLiteral[];
}
