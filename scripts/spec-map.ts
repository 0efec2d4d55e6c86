import ts from 'typescript';

/** One row of docs/spec-map.md: a rule of the specification and the titles of the tests that prove it. */
export interface SpecRow {
  /** Line in the file, from 1. */
  readonly line: number;
  readonly clause: string;
  readonly rule: string;
  readonly titles: readonly string[];
}

/**
 * The rows of every table `| clause | rule | test |` of a Markdown text. Titles in the last cell stand apart by ` ; `,
 * a pipe inside a cell is written `\|`. Other tables are passed over.
 */
export function parseSpecMap(markdown: string): readonly SpecRow[] {
  const rows: SpecRow[] = [];
  let isInside = false;
  for (const [index, text] of markdown.split('\n').entries()) {
    const cells = toCells(text);
    if (cells === undefined) isInside = false;
    else if (cells.join('|').toLowerCase() === 'clause|rule|test') isInside = true;
    else if (isInside && !cells.every((cell) => /^:?-+:?$/.test(cell))) rows.push(toRow(index + 1, cells));
  }
  return rows;
}

function toCells(text: string): readonly string[] | undefined {
  const line = text.trim();
  if (!line.startsWith('|')) return undefined;
  return line
    .slice(1)
    .replace(/(?<!\\)\|$/, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.replaceAll('\\|', '|').trim());
}

function toRow(line: number, [clause = '', rule = '', ...rest]: readonly string[]): SpecRow {
  // More than three cells: a pipe that nobody escaped. Joined again it is no title, so the check names the row.
  const titles = rest.join(' | ').split(/\s;\s/);
  return { line, clause, rule, titles: titles.map((title) => title.trim()).filter((title) => title !== '') };
}

/** The titles of `test('…')`, `it('…')` and `t.test('…')` in a TypeScript text; computed titles are left out. */
export function findTestTitles(source: string): readonly string[] {
  const titles: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && isTestName(node.expression)) {
      const [title] = node.arguments;
      if (title !== undefined && ts.isStringLiteralLike(title)) titles.push(title.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('test.ts', source, ts.ScriptTarget.Latest));
  return titles;
}

function isTestName(callee: ts.Expression): boolean {
  if (ts.isPropertyAccessExpression(callee)) return callee.name.text === 'test';
  return ts.isIdentifier(callee) && (callee.text === 'test' || callee.text === 'it');
}

/** The titles of the checks with stock clients: lines `check("…"` of a Python text. */
export function findCheckTitles(source: string): readonly string[] {
  const found = source.matchAll(/^\s*(?:with\s+|@)?check\(\s*"((?:[^"\\]|\\.)*)"/gm);
  return [...found].map(([, title = '']) => title.replaceAll('\\"', '"'));
}

/** What is wrong with the map, a line each; empty when every rule has a title and every title exists. */
export function findSpecMapFaults(markdown: string, titles: ReadonlySet<string>): readonly string[] {
  const rows = parseSpecMap(markdown);
  if (rows.length === 0) return ['no table "| clause | rule | test |" with rows'];
  return rows.flatMap(({ line, clause, rule, titles: wanted }) => {
    const row = `line ${String(line)} (${clause}: ${rule})`;
    if (wanted.length === 0) return [`${row}: names no test`];
    return wanted
      .filter((title) => !titles.has(title))
      .map((title) => `${row}: no test is called "${title}"`);
  });
}
