import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { renderWarningsTable, replaceWarningsPart } from '../../../scripts/validation-docs.ts';
import { CATALOGUE } from '../../../server/stix/validation/warnings/catalogue.ts';

describe('the documentation of warnings', () => {
  test('has a row for each warning, all equally wide', () => {
    const lines = renderWarningsTable().trimEnd().split('\n');
    assert.equal(lines.length, CATALOGUE.length + 2);
    assert.equal(new Set(lines.map((line) => line.length)).size, 1);
    for (const { code, name } of CATALOGUE) {
      assert.ok(
        lines.some((line) => line.startsWith(`| ${code} `) && line.includes(` ${name} `)),
        name,
      );
    }
  });

  test('has no bar in a cell, which would end it', () => {
    for (const entry of CATALOGUE) assert.ok(!Object.values(entry).join('').includes('|'), entry.name);
  });

  test('puts the table between the marks and keeps the rest', () => {
    const text = 'a\n<!-- warnings -->\nbefore this\n<!-- /warnings -->\nb\n';
    const written = replaceWarningsPart(text) ?? '';
    assert.ok(written.startsWith('a\n<!-- warnings -->\n') && written.endsWith('\n<!-- /warnings -->\nb\n'));
    assert.ok(written.includes(renderWarningsTable()) && !written.includes('before this'));
    assert.equal(replaceWarningsPart(written), written);
  });

  test('refuses a text without both marks in this order', () => {
    assert.equal(replaceWarningsPart('<!-- warnings -->'), undefined);
    assert.equal(replaceWarningsPart('<!-- /warnings --> <!-- warnings -->'), undefined);
  });
});
