import { Ajv2020, _, nil, type KeywordCxt, type Options } from 'ajv/dist/2020.js';
import { compareTimes } from './times.ts';
import type { ValueChecks } from './value-checks.ts';

/** Keywords that say something to people, and hold for any value. */
const ANNOTATIONS = ['expected', 'openVocabulary'];

/** Every problem is reported, with the schema that it broke. */
const OPTIONS: Options = {
  strict: true,
  // A member of an anyOf may require what only its parent describes.
  strictRequired: false,
  allowUnionTypes: true,
  allowMatchingProperties: true,
  allErrors: true,
  verbose: true,
  code: { process: joinErrorsInPlace },
};

const JOIN = /vErrors === null \? ([\w.]+)\.errors : vErrors\.concat\(\1\.errors\)/g;
const JOIN_IN_PLACE =
  'function joinErrors(all, more) { if (all === null) return more; for (const e of more) all.push(e); return all; }';

/**
 * ajv copies all errors that were found so far for each list item with errors, which takes a minute for a list of
 * 40,000. Here they are added to the ones before.
 */
function joinErrorsInPlace(code: string): string {
  const joined = code.replaceAll(JOIN, 'joinErrors(vErrors, $1.errors)');
  if (joined.includes('.concat(')) throw new Error('this version of ajv joins errors in another way');
  return joined === code ? code : `${JOIN_IN_PLACE}${joined}`;
}

/** Two properties of which one may not lie before the other (STIX 2.1, the constraints of each type). */
interface TimeOrder {
  readonly earlier: string;
  readonly later: string;
  /** The same instant is wrong too. */
  readonly strict?: boolean;
}

/** An ajv that knows our keywords, and runs the checks that they name. */
export function createCheckingAjv(checks: ValueChecks, options: Options = {}): Ajv2020 {
  const ajv = new Ajv2020({ ...OPTIONS, ...options, code: { ...OPTIONS.code, ...options.code } });
  ajv.addVocabulary(ANNOTATIONS);
  ajv.addKeyword({
    keyword: 'check',
    schemaType: 'string',
    type: 'string',
    code: (context) => writeCheck(checks, context),
  });
  ajv.addKeyword({
    keyword: 'timeOrder',
    schemaType: 'array',
    type: 'object',
    error: { message: 'the times are not in order', params: ({ params }) => _`${params['order'] ?? nil}` },
    code: writeOrders,
  });
  return ajv;
}

/** An ajv to which the checks are annotations: what the schemas alone say. */
export function createPlainAjv(options: Options = {}): Ajv2020 {
  const ajv = new Ajv2020({ ...OPTIONS, ...options });
  ajv.addVocabulary([...ANNOTATIONS, 'check', 'timeOrder']);
  return ajv;
}

// Both are written into the code that ajv makes: to call a function with all that ajv tells it costs more than most checks.

function writeCheck(checks: ValueChecks, context: KeywordCxt): void {
  const name = String(context.schema);
  const check = checks.get(name);
  if (!check) throw new Error(`the schemas name a check that does not exist: ${name}`);
  const ref = context.gen.scopeValue('func', { ref: check });
  context.fail(_`!${ref}(${context.data})`);
}

function writeOrders(context: KeywordCxt): void {
  const { gen, data } = context;
  const ref = gen.scopeValue('func', { ref: isInOrder });
  for (const { earlier, later, strict } of parseOrders(context.schema)) {
    const [start, end] = [_`${data}[${earlier}]`, _`${data}[${later}]`];
    gen.if(_`!${ref}(${start}, ${end}, ${strict ?? false})`, () => {
      const order = _`{earlier: ${earlier}, later: ${later}, start: ${start}, end: ${end}, strict: ${strict ?? false}}`;
      context.error(false, { order });
    });
  }
}

function parseOrders(schema: unknown): readonly TimeOrder[] {
  return schema as readonly TimeOrder[];
}

/** What is no time is a fault of its own. */
function isInOrder(start: unknown, end: unknown, isStrict: boolean): boolean {
  if (typeof start !== 'string' || typeof end !== 'string') return true;
  const order = compareTimes(start, end);
  return order === undefined || (isStrict ? order < 0 : order <= 0);
}
