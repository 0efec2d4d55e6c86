import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readList } from '../../../server/takedown/columns.ts';
import type { Finding } from '../../../server/takedown/findings.ts';
import { readEntry } from '../../../server/takedown/read-entry.ts';

const ACCOUNTS = '0.9.4 Acquiring X / Twitter accounts';

/** A row of a list by the kill chain. */
function read(procedure: string, indicator: string, platform?: string): Finding {
  const tactic = procedure === '' ? '' : '0. Acquiring assets';
  return readCells([procedure.startsWith('0') ? tactic : '', '', procedure, indicator], platform);
}

function readCells(cells: readonly string[], platform?: string): Finding {
  const head = ['Tactic', 'Technique', 'Procedure', 'Indicator', 'Notes'];
  return readTable(head, cells, platform);
}

function readTyped(cells: readonly string[]): Finding {
  return readTable(['indicator_type', 'indicator_value', 'comment', 'ds'], cells);
}

function readTable(head: readonly string[], cells: readonly string[], platform?: string): Finding {
  const [entry] = readList([
    { line: 1, cells: head },
    { line: 2, cells },
    // A list without any rows is refused.
    { line: 3, cells: head },
  ]).entries;
  assert.ok(entry);
  return readEntry(entry, platform);
}

/** The values that a row names, or what it is instead. */
function valuesOf(finding: Finding): readonly unknown[] | string {
  return finding.kind === 'values'
    ? finding.values.map((value) =>
        value.kind === 'account'
          ? (value.account.login ?? value.account.userId)
          : 'value' in value
            ? value.value
            : value.hash,
      )
    : finding.kind;
}

describe('one row of a takedown list', () => {
  test('a row holds several values with commas, semicolons or line breaks between them', () => {
    assert.deepEqual(valuesOf(read('0.6.2 Acquiring domains', 'a[.]example, b[.]example;\nc[.]example')), [
      'a.example',
      'b.example',
      'c.example',
    ]);
    assert.deepEqual(valuesOf(read(ACCOUNTS, '@one, @two')), ['one', 'two']);
  });

  test('words behind a defanged value are about it, also when they are in brackets', () => {
    for (const [text, comment] of [
      ['desk[at]a[.]example, hosted elsewhere', 'hosted elsewhere'],
      ['desk[at]a[.]example (hosted elsewhere)', '(hosted elsewhere)'],
    ] as const) {
      const finding = read('0.2.1 Acquiring email addresses', text);
      assert.deepEqual(valuesOf(finding), ['desk@a.example']);
      assert.equal(finding.kind === 'values' ? finding.comment : undefined, comment);
    }
  });

  test('a sentence is text, whatever addresses it speaks of', () => {
    for (const text of [
      'Configure a[.]example with a service',
      'The network used 22 fake accounts',
      '22 fake accounts',
      'Sharing on X',
    ]) {
      assert.equal(read(ACCOUNTS, text).kind, 'text', text);
    }
  });

  test('a word with a dot is a site where the row is about sites, or when it was defanged', () => {
    assert.deepEqual(valuesOf(read('0.6.2 Acquiring domains', 'a.example')), ['a.example']);
    assert.deepEqual(valuesOf(read('7.5.1 Directing audience', 'a[.]example')), ['a.example']);
    assert.equal(read('6.1.3 Posting on blogs', 'a.example').kind, 'text');
  });

  test('a service of many is not taken for a site of the operation', () => {
    for (const text of ['facebook[.]com', 'https://www.facebook[.]com/', 'https://bit[.]ly', 't[.]me']) {
      assert.equal(read('0.6.2 Acquiring domains', text).kind, 'not-understood', text);
    }
    assert.deepEqual(valuesOf(read('5.2.1 Shortening links', 'https://bit[.]ly/abc')), [
      'https://bit.ly/abc',
    ]);
  });

  test('a word alone is a login where the row is about accounts', () => {
    assert.deepEqual(valuesOf(read(ACCOUNTS, 'invented_1')), ['invented_1']);
    assert.deepEqual(valuesOf(read('0.9.1 Acquiring Facebook assets', '100000000000001')), [
      '100000000000001',
    ]);
    // With a dot it may be a site: then an @ says that it is none.
    for (const [text, kind] of [
      ['blog.example', 'domain'],
      ['@blog.example', 'account'],
    ] as const) {
      const finding = read(ACCOUNTS, text);
      assert.deepEqual(finding.kind === 'values' ? finding.values.map((value) => value.kind) : [], [kind]);
    }
    assert.equal(read('0.4.1 Registering company', 'Invented').kind, 'text');
    assert.equal(read('1.2.2 Posing as journalist', 'Invented').kind, 'text');
  });

  test('a login without a platform takes the option, as a number of pages does', () => {
    for (const text of ['@invented_1', '8 Pages']) {
      assert.equal(read('0.9.9 Acquiring accounts', text).kind, 'needs-platform');
      assert.notEqual(read('0.9.9 Acquiring accounts', text, 'facebook').kind, 'needs-platform');
    }
  });

  test('what may belong to somebody else is told apart from what the operation owned', () => {
    const isOfOthers = (procedure: string): boolean | undefined => {
      const finding = readCells(['', '', procedure, 'a[.]example']);
      return finding.kind === 'values' ? finding.isOfOthers : undefined;
    };
    for (const number of ['1.5.1', '5.1', '5.4.1', '7.4.3', '7.6.2', '8.2.1', '8.9'])
      assert.equal(isOfOthers(`${number} An invented procedure`), true, number);
    for (const number of ['0.6.2', '1.3.1', '5.10', '5.5.1', '7.6.4', '9.5.2'])
      assert.equal(isOfOthers(`${number} An invented procedure`), false, number);
  });

  test('an account that was taken over is compromised, one that may be of somebody else is unknown', () => {
    const authenticityOf = (procedure: string): string | undefined => {
      const finding = readCells(['', '', procedure, 'https://x[.]com/pollwatch_test_invented_1']);
      return finding.kind === 'values' ? finding.authenticity : undefined;
    };
    assert.equal(authenticityOf('5.5.4 Using compromised accounts to manage assets'), 'compromised');
    assert.equal(authenticityOf('1.4.2 Using duplicate accounts'), 'unknown');
    assert.equal(authenticityOf('3.2.2 Circulating instructions'), 'inauthentic');
  });

  test('domains are counted without a platform', () => {
    const finding = read('0.6.2 Acquiring domains', '12 domains');
    assert.deepEqual(finding.kind === 'statement' ? finding.assets.map(({ platform }) => platform) : [], [
      'dns',
    ]);
  });

  test('accounts that did something are no assets that were acted on', () => {
    assert.equal(
      readCells(['6. Indiscriminate engagement', '', '6.2.1 Sharing on Facebook', '22 accounts']).kind,
      'text',
    );
    assert.equal(readCells(['0. Acquiring assets', '', '0.9.1 Facebook', '22 accounts']).kind, 'statement');
    assert.equal(readCells(['', '', '', '22 Facebook accounts']).kind, 'statement');
  });

  test('a phase comes from the tactic, or from the number of the procedure where no tactic stands', () => {
    const phaseOf = (finding: Finding): string | undefined =>
      finding.kind === 'text' ? finding.procedure.phase : undefined;
    assert.equal(phaseOf(readCells(['7 Targeted Engagement', '', '', 'Words'])), 'targeted-engagement');
    assert.equal(phaseOf(readCells(['', '', '8.2.1 Defacing', 'Words'])), 'compromising-assets');
    assert.equal(phaseOf(readCells(['TA15 Establish Assets', '', '8.2.1 Defacing', 'Words'])), undefined);
  });

  test('a type says what the value is, and another value is refused', () => {
    assert.deepEqual(valuesOf(readTyped(['Telegram URL', 'https://t.me/invented_channel', '', ''])), [
      'invented_channel',
    ]);
    assert.deepEqual(valuesOf(readTyped(['facebook_page', 'invented.page', '', ''])), ['invented.page']);
    for (const [type, value] of [
      ['domain', 'https:/a'],
      ['url', 'a b'],
      ['email', 'a.example'],
      ['ip', 'a.example'],
      ['sha256', 'abc'],
      ['account', 'two words'],
      ['carrier_pigeon', '7'],
    ] as const) {
      assert.equal(readTyped([type, value, '', '']).kind, 'not-understood', `${type} ${value}`);
    }
    assert.deepEqual(valuesOf(readTyped(['domain', 'https://a.example/', '', ''])), ['a.example']);
  });

  test('a day that the list gives is kept, anything else there is not', () => {
    const dateOf = (finding: Finding): string | undefined =>
      finding.kind === 'values' ? finding.date : undefined;
    assert.equal(dateOf(readTyped(['url', 'https://a.example/b', '', '2022-09-27'])), '2022-09-27');
    for (const day of ['27.09.2022', '2022-02-30', '']) {
      assert.equal(dateOf(readTyped(['url', 'https://a.example/b', '', day])), undefined);
    }
  });

  test('a row without an indicator is its procedure, one without anything is blank', () => {
    assert.equal(read(ACCOUNTS, '').kind, 'procedure');
    assert.equal(readCells(['', '', '', ' ', '']).kind, 'blank');
    assert.equal(readCells(['', '', '', '', 'a note']).kind, 'not-understood');
  });

  test('refuses control characters, and a cell that is too long', () => {
    assert.equal(read(ACCOUNTS, 'a\u0000b').kind, 'not-understood');
    assert.equal(read(ACCOUNTS, 'a\tb\nc').kind, 'text');
    assert.equal(read(ACCOUNTS, 'a '.repeat(10_000)).kind, 'text');
    assert.deepEqual(valuesOf(read(ACCOUNTS, '@a '.repeat(1000))).length, 1000);
    assert.equal(read(ACCOUNTS, '@a '.repeat(1001)).kind, 'not-understood');
    assert.equal(read(ACCOUNTS, 'a '.repeat(10_001)).kind, 'not-understood');
  });

  test('reads cells made to be slow in time that grows with their length', () => {
    const started = performance.now();
    const hostile = [
      '[.]',
      'a.',
      'https://a/',
      'http[',
      '@',
      '1,',
      'X',
      '[(',
      'a[.]b,',
      '%',
      'paid in ',
      'about 1 ',
    ];
    for (const text of hostile) {
      for (const procedure of [ACCOUNTS, '0.6.2 Acquiring domains', '7.1.1 Running ads', '']) {
        for (let times = 0; times < 10; times += 1) read(procedure, text.repeat(20_000 / text.length));
      }
    }
    assert.ok(performance.now() - started < 2000);
  });
});
