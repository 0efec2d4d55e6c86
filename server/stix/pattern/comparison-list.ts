import type { ComparisonExpression, ObservationExpression, Pattern } from './syntax-tree.ts';

/** A comparison that holds no other. */
export type Comparison = Extract<ComparisonExpression, { kind: 'test' | 'in' | 'exists' }>;

/** All comparisons of a pattern, in its order. */
export function listComparisons({ expression }: Pattern): readonly Comparison[] {
  const comparisons: Comparison[] = [];
  addOfObservations(expression, comparisons);
  return comparisons;
}

// The depth of a tree is bounded, so these need no stack of their own.
function addOfObservations(expression: ObservationExpression, comparisons: Comparison[]): void {
  if (expression.kind === 'observation') addOfComparison(expression.comparison, comparisons);
  else if (expression.kind === 'group') addOfObservations(expression.expression, comparisons);
  else for (const operand of expression.operands) addOfObservations(operand, comparisons);
}

function addOfComparison(expression: ComparisonExpression, comparisons: Comparison[]): void {
  if (expression.kind === 'group') addOfComparison(expression.expression, comparisons);
  else if ('operands' in expression) {
    for (const operand of expression.operands) addOfComparison(operand, comparisons);
  } else comparisons.push(expression);
}
