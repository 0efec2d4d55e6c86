import fc from 'fast-check';
import type {
  ComparisonExpression,
  Literal,
  ObjectPath,
  ObservationExpression,
  PathStep,
  Qualifier,
} from '../../server/stix/pattern/syntax-tree.ts';

const KEYWORDS =
  'AND OR NOT FOLLOWEDBY LIKE MATCHES ISSUPERSET ISSUBSET EXISTS LAST IN START STOP SECONDS WITHIN REPEATS TIMES true false';
const keywords: ReadonlySet<string> = new Set(KEYWORDS.split(' '));

/** Any text, halves of surrogate pairs and control characters too; quotes and backslashes are frequent. */
export const textArb = fc
  .array(
    fc.oneof(fc.nat(0xffff), fc.constantFrom(0x27, 0x5c, 0x22, 0x0a), fc.integer({ min: 0x20, max: 0x7e })),
    {
      maxLength: 12,
    },
  )
  .map((codes) => String.fromCharCode(...codes));

/** Records as the parser makes them, with the ordinary prototype. */
function record<T>(members: { [Key in keyof T]: fc.Arbitrary<T[Key]> }): fc.Arbitrary<T> {
  return fc.record<T>(members, { noNullPrototype: true });
}

const typeArb = fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_-]{0,8}$/).filter((name) => !keywords.has(name));
const propertyArb = fc.oneof(
  fc.constantFrom('name', 'hashes', 'SHA-256', 'windows-pebinary-ext', 'h', 't', 'b'),
  fc.constantFrom(...keywords),
  textArb,
);
const nameStepArb = propertyArb.map((name): PathStep => ({ kind: 'property', name }));
const indexStepArb = fc
  .oneof(fc.constant('*'), fc.stringMatching(/^(?:0|[1-9][0-9]{0,25})$/))
  .map((index): PathStep => ({ kind: 'index', index }));

function toText(objectType: string, steps: readonly PathStep[]): string {
  const spelled = steps.map((step) => {
    if (step.kind === 'index') return `[${step.index}]`;
    const isPlain = /^[A-Za-z_][A-Za-z0-9_]*$/.test(step.name) && !keywords.has(step.name);
    return isPlain ? `.${step.name}` : `.'${step.name.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  });
  return `${objectType}:${spelled.join('').slice(1)}`;
}

const pathArb: fc.Arbitrary<ObjectPath> = fc
  .tuple(typeArb, nameStepArb, fc.array(fc.oneof(nameStepArb, indexStepArb), { maxLength: 3 }))
  .map(([objectType, first, rest]) => {
    const steps = [first, ...rest];
    return { objectType, steps, text: toText(objectType, steps) };
  });

const timestampArb = fc
  .tuple(
    fc.date({
      min: new Date('0000-01-01T00:00:00Z'),
      max: new Date('9999-12-31T00:00:00Z'),
      noInvalidDate: true,
    }),
    fc.option(fc.stringMatching(/^[0-9]{1,20}$/)),
  )
  .map(([date, fraction]) => `${date.toISOString().slice(0, 19)}${fraction === null ? '' : `.${fraction}`}Z`);
const bytesArb = fc.oneof(
  fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes)),
  textArb.map((text) => Buffer.from(text)),
);
const integerArb = fc.stringMatching(/^[+-]?(?:0|[1-9][0-9]{0,20})$/);
const floatArb = fc.stringMatching(/^[+-]?[0-9]{0,4}\.[0-9]{1,4}$/);
const stringArb = textArb.map((text): Literal => ({ kind: 'string', text }));
const orderableArb: fc.Arbitrary<Literal> = fc.oneof(
  stringArb,
  integerArb.map((text): Literal => ({ kind: 'integer', text })),
  floatArb.map((text): Literal => ({ kind: 'float', text })),
  timestampArb.map((text): Literal => ({ kind: 'timestamp', text })),
  bytesArb.map((bytes): Literal => ({ kind: 'hex', digits: bytes.toString('hex') })),
  bytesArb
    .filter((bytes) => bytes.length > 0)
    .map((bytes): Literal => ({ kind: 'binary', base64: bytes.toString('base64') })),
);
const valueArb = fc.oneof(
  orderableArb,
  fc.boolean().map((value): Literal => ({ kind: 'boolean', value })),
);

const simpleTestArb: fc.Arbitrary<ComparisonExpression> = fc.oneof(
  record({
    kind: fc.constant('test'),
    path: pathArb,
    isNegated: fc.boolean(),
    operator: fc.constantFrom('=', '!='),
    value: valueArb,
  }),
  record({
    kind: fc.constant('test'),
    path: pathArb,
    isNegated: fc.boolean(),
    operator: fc.constantFrom('<', '<=', '>', '>='),
    value: orderableArb,
  }),
  record({
    kind: fc.constant('test'),
    path: pathArb,
    isNegated: fc.boolean(),
    operator: fc.constantFrom('LIKE', 'MATCHES', 'ISSUBSET', 'ISSUPERSET'),
    value: stringArb,
  }),
  record({
    kind: fc.constant('in'),
    path: pathArb,
    isNegated: fc.boolean(),
    values: fc.array(valueArb, { maxLength: 3 }),
  }),
  record({ kind: fc.constant('exists'), path: pathArb, isNegated: fc.boolean() }),
);

/** A level of the grammar: one of the tighter level, or several of it that a word joins. */
function joined<Expression, Kind extends string>(
  kind: Kind,
  operand: fc.Arbitrary<Expression>,
): fc.Arbitrary<Expression | { readonly kind: Kind; readonly operands: readonly Expression[] }> {
  return fc.oneof(
    { weight: 3, arbitrary: operand },
    {
      weight: 1,
      arbitrary: fc.array(operand, { minLength: 2, maxLength: 3 }).map((operands) => ({ kind, operands })),
    },
  );
}

const comparisonArb = fc.letrec<{ comparison: ComparisonExpression; group: ComparisonExpression }>((tie) => ({
  comparison: joined(
    'or',
    joined<ComparisonExpression, 'and'>('and', fc.oneof({ maxDepth: 2 }, simpleTestArb, tie('group'))),
  ),
  group: tie('comparison').map((expression) => ({ kind: 'group', expression })),
})).comparison;

const withinArb = fc
  .oneof(integerArb, floatArb)
  .filter((text) => !text.startsWith('-'))
  .map((seconds): Qualifier => ({ kind: 'within', seconds }));
const repeatsArb = integerArb
  .filter((text) => !text.startsWith('-'))
  .map((times): Qualifier => ({ kind: 'repeats', times }));
const startStopArb = fc
  .tuple(timestampArb, timestampArb)
  .map(([start, stop]): Qualifier => ({ kind: 'start-stop', start, stop }));
const qualifierArb = fc.oneof(withinArb, repeatsArb, startStopArb);

const observationArb: fc.Arbitrary<ObservationExpression> = record({
  kind: fc.constant('observation'),
  comparison: comparisonArb,
  qualifiers: fc.uniqueArray(qualifierArb, { maxLength: 3, selector: ({ kind }) => kind }),
});

/** Any syntax tree that a pattern can have. */
export const expressionArb = fc.letrec<{ any: ObservationExpression; group: ObservationExpression }>(
  (tie) => ({
    any: joined<ObservationExpression, 'followed-by'>(
      'followed-by',
      joined<ObservationExpression, 'or'>(
        'or',
        joined<ObservationExpression, 'and'>('and', fc.oneof({ maxDepth: 2 }, observationArb, tie('group'))),
      ),
    ),
    group: record({
      kind: fc.constant('group'),
      expression: tie('any'),
      qualifiers: fc.array(qualifierArb, { maxLength: 3 }),
    }),
  }),
).any;
