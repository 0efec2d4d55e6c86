import type {
  ComparisonExpression,
  Literal,
  ObjectPath,
  ObservationExpression,
  Qualifier,
} from '../../server/stix/pattern/syntax-tree.ts';

type Tokens = readonly string[];

const joints = { and: 'AND', or: 'OR', 'followed-by': 'FOLLOWEDBY' } as const;

/** A syntax tree as the tokens of a pattern; blanks or comments may stand between any two of them. */
export function listTokens(expression: ObservationExpression): Tokens {
  switch (expression.kind) {
    case 'observation':
      return [
        '[',
        ...ofComparison(expression.comparison),
        ']',
        ...expression.qualifiers.flatMap(ofQualifier),
      ];
    case 'group':
      return ['(', ...listTokens(expression.expression), ')', ...expression.qualifiers.flatMap(ofQualifier)];
    default:
      return joinTokens(expression.operands.map(listTokens), joints[expression.kind]);
  }
}

function joinTokens(lists: readonly Tokens[], separator: string): Tokens {
  return lists.flatMap((tokens, index) => (index === 0 ? tokens : [separator, ...tokens]));
}

function ofComparison(expression: ComparisonExpression): Tokens {
  switch (expression.kind) {
    case 'group':
      return ['(', ...ofComparison(expression.expression), ')'];
    case 'exists':
      return [...negation(expression), 'EXISTS', ...ofPath(expression.path)];
    case 'in': {
      const values = joinTokens(
        expression.values.map((value) => [ofLiteral(value)]),
        ',',
      );
      return [...ofPath(expression.path), ...negation(expression), 'IN', '(', ...values, ')'];
    }
    case 'test':
      return [
        ...ofPath(expression.path),
        ...negation(expression),
        expression.operator,
        ofLiteral(expression.value),
      ];
    default:
      return joinTokens(expression.operands.map(ofComparison), joints[expression.kind]);
  }
}

function negation({ isNegated }: { readonly isNegated: boolean }): Tokens {
  return isNegated ? ['NOT'] : [];
}

/** Always in quotes, so that what needs none is tried with them. */
function ofPath({ objectType, steps }: ObjectPath): Tokens {
  const [, ...tokens] = steps.flatMap((step) =>
    step.kind === 'index' ? ['[', step.index, ']'] : ['.', quoted(step.name)],
  );
  return [objectType, ':', ...tokens];
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

function ofLiteral(literal: Literal): string {
  switch (literal.kind) {
    case 'string':
      return quoted(literal.text);
    case 'integer':
    case 'float':
      return literal.text;
    case 'boolean':
      return String(literal.value);
    case 'timestamp':
      return `t'${literal.text}'`;
    case 'hex':
      return `h'${literal.digits}'`;
    case 'binary':
      return `b'${literal.base64}'`;
  }
}

function ofQualifier(qualifier: Qualifier): Tokens {
  switch (qualifier.kind) {
    case 'within':
      return ['WITHIN', qualifier.seconds, 'SECONDS'];
    case 'repeats':
      return ['REPEATS', qualifier.times, 'TIMES'];
    case 'start-stop':
      return ['START', `t'${qualifier.start}'`, 'STOP', `t'${qualifier.stop}'`];
  }
}
