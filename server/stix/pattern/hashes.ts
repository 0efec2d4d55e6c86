import { type Comparison, listComparisons } from './comparison-list.ts';
import { quote } from './lexical-faults.ts';
import type { Literal, ObjectPath, Pattern } from './syntax-tree.ts';

/** A hash in a pattern that no file can have. */
export interface IllegalHash {
  /** The object path in its canonical spelling. */
  readonly path: string;
  readonly message: string;
}

interface Algorithm {
  readonly name: string;
  /** How many hexadecimal digits a hash may have; none when it is no hexadecimal number. */
  readonly digits: readonly number[];
}

/** By their names in upper case without hyphens. */
const algorithms: ReadonlyMap<string, Algorithm> = new Map(
  [
    { name: 'MD5', digits: [32] },
    { name: 'MD6', digits: [32, 40, 56, 64, 96, 128] },
    { name: 'RIPEMD-160', digits: [40] },
    { name: 'SHA-1', digits: [40] },
    { name: 'SHA-224', digits: [56] },
    { name: 'SHA-256', digits: [64] },
    { name: 'SHA-384', digits: [96] },
    { name: 'SHA-512', digits: [128] },
    { name: 'SHA3-224', digits: [56] },
    { name: 'SHA3-256', digits: [64] },
    { name: 'SHA3-384', digits: [96] },
    { name: 'SHA3-512', digits: [128] },
    { name: 'SSDEEP', digits: [] },
    { name: 'WHIRLPOOL', digits: [128] },
  ].map((algorithm) => [toKey(algorithm.name), algorithm]),
);
const HEX = /^[0-9a-fA-F]*$/;
const SSDEEP = /^[0-9a-zA-Z/+:.]{1,148}$/;

/**
 * Finds hashes of known algorithms that are compared (=, != or IN) with something else than such a hash: a test that
 * can never hold. Patterns of hashes (LIKE, MATCHES) are not looked at.
 */
export function findIllegalHashes(pattern: Pattern): readonly IllegalHash[] {
  const found: IllegalHash[] = [];
  for (const comparison of listComparisons(pattern)) {
    const algorithm = findAlgorithm(comparison.path);
    if (algorithm === undefined) continue;
    for (const value of listEqualValues(comparison)) {
      const problem = findProblem(algorithm, value);
      if (problem !== undefined) found.push({ path: comparison.path.text, message: problem });
    }
  }
  return found;
}

function findAlgorithm({ steps }: ObjectPath): Algorithm | undefined {
  const last = steps[steps.length - 1];
  if (last?.kind !== 'property' || steps.length < 2) return undefined;
  const isHash = steps.some((step) => step.kind === 'property' && step.name === 'hashes');
  return isHash ? algorithms.get(toKey(last.name)) : undefined;
}

function toKey(name: string): string {
  return name.toUpperCase().replaceAll('-', '');
}

function listEqualValues(comparison: Comparison): readonly Literal[] {
  if (comparison.kind === 'in') return comparison.values;
  if (comparison.kind === 'exists') return [];
  return comparison.operator === '=' || comparison.operator === '!=' ? [comparison.value] : [];
}

function findProblem({ name, digits }: Algorithm, value: Literal): string | undefined {
  if (value.kind !== 'string') return `A ${name} hash is compared with a string in single quotes.`;
  const { text } = value;
  if (digits.length === 0) return SSDEEP.test(text) ? undefined : `${quote(text)} is no ${name} hash.`;
  if (digits.includes(text.length) && HEX.test(text)) return undefined;
  return `${quote(text)} is no ${name} hash, which has ${digits.join(' or ')} hexadecimal digits.`;
}
