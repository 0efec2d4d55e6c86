import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isPatternFault } from '../../../../server/stix/pattern/fault.ts';
import { parsePattern } from '../../../../server/stix/pattern/parser.ts';

function accepts(...patterns: readonly string[]): void {
  for (const pattern of patterns) {
    const result = parsePattern(pattern);
    assert.ok(!isPatternFault(result), JSON.stringify([pattern, result]));
  }
}

function refuses(...patterns: readonly string[]): void {
  for (const pattern of patterns) assert.ok(isPatternFault(parsePattern(pattern)), pattern);
}

/** Puts each of the comparisons into brackets. */
const inside = (...comparisons: readonly string[]) => comparisons.map((comparison) => `[${comparison}]`);

describe('observations', () => {
  test('an observation is a comparison in square brackets (STIX 2.1, 9.5)', () => {
    accepts("[file:name = 'a']", " [ file:name = 'a' ] ");
    refuses('', ' ', '[]', '[', ']', '()', '([])', "file:name = 'a'", "[file:name = 'a'", "file:name = 'a']");
    refuses("[[file:name = 'a']]", "{file:name = 'a'}", '[file:size = 1]]');
  });

  test('AND, OR and FOLLOWEDBY join observations (STIX 2.1, 9.5.2)', () => {
    accepts('[a:b = 1] AND [a:b = 2]', '[a:b = 1] OR [a:b = 2]', '[a:b = 1] FOLLOWEDBY [a:b = 2]');
    accepts('[a:b=1]AND[a:b=2]OR[a:b=3]FOLLOWEDBY[a:b=4]');
    refuses('[a:b = 1] [a:b = 2]', '[a:b = 1], [a:b = 2]', '[a:b = 1] AND', 'AND [a:b = 1]');
    refuses('[a:b = 1] AND AND [a:b = 2]', '[a:b = 1] NOT [a:b = 2]', '[a:b = 1] OR a:b = 2');
  });

  test('round brackets group observations (STIX 2.1, 9.5.2)', () => {
    accepts('([a:b = 1])', '(([a:b = 1]))', '([a:b = 1] AND [a:b = 2]) OR [a:b = 3]', '( [a:b = 1] )');
    refuses('([a:b = 1]', '[a:b = 1])', '([a:b = 1) ]', '(a:b = 1)', '([a:b = 1] AND)');
  });

  test('keywords are in upper case (STIX 2.1, 9)', () => {
    refuses(
      '[a:b = 1] and [a:b = 2]',
      '[a:b = 1 or a:b = 2]',
      "[a:b like 'x']",
      '[a:b in (1)]',
      '[exists a:b]',
    );
    refuses('[a:b = 1] followedby [a:b = 2]', '[a:b = 1] within 5 seconds', '[a:b not = 1]', '[a:b = TRUE]');
  });
});

describe('qualifiers', () => {
  test('WITHIN takes a number of seconds that is not negative (STIX 2.1, 9.5.1)', () => {
    accepts('[a:b = 1] WITHIN 5 SECONDS', '[a:b = 1] WITHIN 1.5 SECONDS', '[a:b = 1] WITHIN 0 SECONDS');
    accepts('[a:b = 1] WITHIN +5 SECONDS', '[a:b = 1] WITHIN .5 SECONDS', '[a:b = 1]WITHIN 5SECONDS');
    refuses('[a:b = 1] WITHIN -1 SECONDS', '[a:b = 1] WITHIN -0 SECONDS', '[a:b = 1] WITHIN SECONDS');
    refuses('[a:b = 1] WITHIN 5', '[a:b = 1] WITHIN 5 MINUTES', "[a:b = 1] WITHIN '5' SECONDS");
    refuses('[a:b = 1 WITHIN 5 SECONDS]', 'WITHIN 5 SECONDS', '[a:b = 1] WITHIN5 SECONDS');
  });

  test('REPEATS takes a whole number that is not negative (STIX 2.1, 9.5.1)', () => {
    accepts('[a:b = 1] REPEATS 5 TIMES', '[a:b = 1] REPEATS 0 TIMES', '[a:b = 1] REPEATS +2TIMES');
    refuses('[a:b = 1] REPEATS 1.5 TIMES', '[a:b = 1] REPEATS -1 TIMES', '[a:b = 1] REPEATS TIMES');
    refuses('[a:b = 1] REPEATS 5', '[a:b = 1] REPEATS 5 SECONDS', '[a:b = 1] REPEATS five TIMES');
  });

  test('START and STOP take timestamps, and stand together (STIX 2.1, 9.5.1)', () => {
    const [from, to] = ["START t'2018-01-01T00:00:00Z'", "STOP t'2018-09-01T00:00:00.5Z'"];
    accepts(`[a:b = 1] ${from} ${to}`, `[a:b = 1]${from}${to}`);
    refuses(`[a:b = 1] ${from}`, `[a:b = 1] ${to}`, `[a:b = 1] ${to} ${from}`);
    refuses("[a:b = 1] START '2018-01-01T00:00:00Z' STOP '2018-09-01T00:00:00Z'");
    refuses(
      `[a:b = 1] START t'2018-13-01T00:00:00Z' ${to}`,
      `[a:b = 1] ${from} STOP t'2018-02-30T00:00:00Z'`,
    );
  });

  test('one observation has each qualifier once; a group may have it again (STIX 2.1, 9.5.1)', () => {
    const [within, repeats] = ['WITHIN 5 SECONDS', 'REPEATS 2 TIMES'];
    const span = "START t'2018-01-01T00:00:00Z' STOP t'2018-09-01T00:00:00Z'";
    accepts(`[a:b = 1] ${within} ${repeats} ${span}`, `[a:b = 1] ${span} ${within} OR [a:b = 2] ${within}`);
    accepts(`([a:b = 1] ${within}) ${within}`, `([a:b = 1]) ${within} ${within}`);
    refuses(`[a:b = 1] ${within} ${within}`, `[a:b = 1] ${repeats} ${within} ${repeats}`);
    refuses(`[a:b = 1] ${span} ${span}`, `([a:b = 1] ${repeats} ${repeats})`);
  });
});

describe('comparisons', () => {
  test('AND and OR join comparisons, of different objects too (STIX 2.1, 9.6)', () => {
    accepts(...inside('a:b = 1 AND a:c = 2', 'a:b = 1 OR c:d = 2 AND e:f = 3', 'a:b = 1AND a:c = 2'));
    accepts(...inside('(a:b = 1)', '((a:b = 1 OR a:c = 2) AND a:d = 3)'));
    refuses(...inside('a:b = 1 a:c = 2', 'a:b = 1 AND', 'OR a:b = 1', 'a:b = 1 OR OR a:c = 2', '(a:b = 1'));
    refuses(...inside('a:b = 1 FOLLOWEDBY a:c = 2', 'a:b = 1, a:c = 2', 'a:b = 1)', '()'));
  });

  test('the operators of equality take any value, those of order no booleans (STIX 2.1, 9.6)', () => {
    accepts(
      ...inside('a:b = 1', 'a:b == 1', 'a:b != 1', 'a:b <> 1', 'a:b = true', 'a:b != false', "a:b='x'"),
    );
    accepts(...inside('a:b < 1', 'a:b <= 1.5', "a:b > 'x'", "a:b >= t'2018-08-21T00:00:00Z'", "a:b > h'ff'"));
    refuses(...inside('a:b > true', 'a:b <= false', 'a:b = null', 'a:b = x', 'a:b =', 'a:b', '= 1', 'a:b 1'));
    refuses(...inside('a:b => 1', 'a:b =< 1', 'a:b ! = 1', 'a:b === 1', 'a:b >< 1', 'a:b =~ 1', 'a:b = a:c'));
  });

  test('LIKE, MATCHES, ISSUBSET and ISSUPERSET take a string (STIX 2.1, 9.6)', () => {
    for (const operator of ['LIKE', 'MATCHES', 'ISSUBSET', 'ISSUPERSET']) {
      accepts(...inside(`a:b ${operator} 'x'`, `a:b NOT ${operator} 'x'`, `a:b ${operator}'x'`));
      refuses(
        ...inside(`a:b ${operator} 5`, `a:b ${operator} true`, `a:b ${operator}`, `a:b ${operator} ('x')`),
      );
      refuses(...inside(`a:b ${operator} h'ff'`, `${operator} a:b`, `a:b ${operator} x`));
    }
  });

  test('a regular expression is not judged, however wrong or slow it is', () => {
    accepts(...inside("a:b MATCHES '('", "a:b MATCHES '(a+)+$'", "a:b MATCHES ''"));
  });

  test('IN takes a list of values in round brackets, an empty one too (STIX 2.1, 9.6)', () => {
    accepts(...inside('a:b IN ()', "a:b IN ('x')", "a:b IN(1,2.5,true,'x',h'ff')", 'a:b NOT IN (1, 2)'));
    refuses(...inside("a:b IN 'x'", 'a:b IN (1,)', 'a:b IN (,1)', 'a:b IN (1 2)', 'a:b IN (1', 'a:b IN [1]'));
    refuses(...inside('a:b IN ((1))', 'a:b IN (a:c)', 'a:b IN'));
  });

  test('EXISTS stands before a path, and NOT before it or before an operator (STIX 2.1, 9.6)', () => {
    accepts(...inside('EXISTS a:b', 'NOT EXISTS a:b', '(EXISTS a:b)', 'EXISTS a:b AND a:c = 1'));
    accepts(...inside('a:b NOT = 1', 'a:b NOT != 1', 'a:b NOT > 1'));
    refuses(...inside('NOT a:b = 1', 'NOT (a:b = 1)', 'a:b NOT NOT = 1', 'EXISTS a:b = 1', 'a:b EXISTS'));
    refuses(...inside('EXISTS (a:b)', 'NOT NOT EXISTS a:b', 'EXISTS', 'a:b NOT EXISTS', 'EXISTS NOT a:b'));
  });
});

describe('object paths', () => {
  test('a path is a type, a colon and property names with points between them (STIX 2.1, 9.7)', () => {
    accepts(...inside('a:b.c.d = 1', 'a : b . c = 1', 'x-a-b:c = 1', '_a:_b = 1', 'A1:B2 = 1'));
    refuses(
      ...inside('a = 1', 'a: = 1', ':b = 1', 'a:b. = 1', 'a:.b = 1', 'a:b..c = 1', 'a.b = 1', 'a:b:c = 1'),
    );
    refuses(...inside('1a:b = 1', '-a:b = 1', 'A B:c = 1', 'a:b c = 1', 'a:b.5 = 1', 'a:1b = 1', 'ä:b = 1'));
  });

  test('a property name with a hyphen stands in single quotes, a type never (STIX 2.1, 9.7)', () => {
    accepts(...inside("file:hashes.'SHA-256' = 'x'", "a:'b-c' = 1", "a:'' = 1", "a:'it\\'s' = 1"));
    refuses(...inside('a:b-c = 1', 'a:b.c-d = 1', "'a-b':c = 1", 'a:"b-c" = 1'));
  });

  test('an item of a list is a whole number that is not negative, or any with * (STIX 2.1, 9.7)', () => {
    accepts(...inside('a:b[0] = 1', 'a:b[*] = 1', 'a:b[12][*].c[0] = 1', 'a:b [ 1 ] = 1', 'a:b[+1] = 1'));
    refuses(
      ...inside('a:b[-1] = 1', 'a:b[x] = 1', 'a:b[] = 1', "a:b['x'] = 1", 'a:b[1.5] = 1', 'a:b[01] = 1'),
    );
    refuses(...inside('a:[0] = 1', 'a:b[0 = 1', 'a:b.[0] = 1', 'a:b[0,1] = 1', 'a[0]:b = 1', 'a:* = 1'));
  });

  test('a keyword is no name without quotes (STIX 2.1, 9)', () => {
    for (const word of ['AND', 'IN', 'LAST', 'SECONDS', 'true', 'false']) {
      refuses(...inside(`a:${word} = 1`, `a:b.${word} = 1`, `${word}:b = 1`));
      accepts(...inside(`a:'${word}' = 1`, `a:${word}s = 1`, `a:_${word} = 1`, `${word}-x:b = 1`));
    }
    accepts(...inside('a:and = 1', 'a:in = 1', 'not:b = 1', 'a:True = 1'));
  });
});

describe('constants', () => {
  test('numbers have no leading zeros, no exponent and no other base (STIX 2.1, 9.2)', () => {
    accepts(...inside('a:b = 0', 'a:b = -5', 'a:b = +5', 'a:b = 1.5', 'a:b = -.5', 'a:b = 0.50', 'a:b = -0'));
    accepts(`[a:b = ${'9'.repeat(400)}]`, '[a:b = 00.5]');
    refuses(
      ...inside('a:b = 01', 'a:b = -01', 'a:b = 1e5', 'a:b = 0x10', 'a:b = 1.', 'a:b = .', 'a:b = - 5'),
    );
    refuses(
      ...inside('a:b = 1.2.3', 'a:b = 5x', 'a:b = 1_000', 'a:b = 1,000', 'a:b = ٣', 'a:b = +-1', 'a:b = 5-3'),
    );
  });

  test('strings stand in single quotes and escape the quote and the backslash alone (STIX 2.1, 9.2)', () => {
    accepts(
      ...inside("a:b = ''", "a:b = 'it\\'s'", "a:b = 'C:\\\\x'", "a:b = 'x\ny'", "a:b = '\u{1f600}\u0000'"),
    );
    accepts(...inside("a:b = '\"'", "a:b = '[('", "a:b = '// no comment'"));
    refuses(...inside("a:b = 'x\\'", "a:b = 'x", "a:b = x'", 'a:b = "x"', "a:b = 'a\\n'", "a:b = 'C:\\x'"));
    refuses(...inside("a:b = 'x' 'y'", "a:b = 'it's'", 'a:b = \u2018x\u2019', 'a:b = `x`'));
  });

  test('timestamps are real dates with a T and a Z (STIX 2.1, 9.2)', () => {
    accepts(...inside("a:b = t'2018-08-21T00:00:00Z'", "a:b = t'2016-02-29T23:59:60.123456789Z'"));
    for (const wrong of [
      '2018-13-01T00:00:00Z',
      '2018-02-30T00:00:00Z',
      '2017-02-29T00:00:00Z',
      '2018-01-01T24:00:00Z',
      '2018-01-01T00:60:00Z',
      '2018-01-01T00:00:00',
      '2018-01-01 00:00:00Z',
      '2018-01-01t00:00:00z',
      '2018-01-01T00:00:00+00:00',
      '2018-01-01T00:00:00.Z',
      '2018-01-01',
      '',
    ])
      refuses(`[a:b = t'${wrong}']`);
    refuses(...inside("a:b = T'2018-08-21T00:00:00Z'", "a:b = t '2018-08-21T00:00:00Z'", "a:b = t'2018"));
  });

  test('hexadecimal literals are whole bytes (STIX 2.1, 9.2)', () => {
    accepts(...inside("a:b = h'ffD8'", "a:b = h''"));
    refuses(
      ...inside("a:b = h'abc'", "a:b = h'xy'", "a:b = h'ff", "a:b = H'ff'", "a:b = h'f f'", "a:b = h'0xff'"),
    );
  });

  test('binary literals are base64 in groups of four, and not empty (STIX 2.1, 9.2)', () => {
    accepts(...inside("a:b = b'aGVsbG8='", "a:b = b'aGVs'", "a:b = b'aA=='", "a:b = b'+/+/'"));
    refuses(...inside("a:b = b''", "a:b = b'aGV'", "a:b = b'aA='", "a:b = b'===='", "a:b = b'a==='"));
    refuses(...inside("a:b = b'not base64!'", "a:b = b'aA==aA=='", "a:b = b'_-_-'", "a:b = b'aGVs'b'aGVs'"));
  });
});

describe('blanks and comments', () => {
  test('blanks of Unicode stand between tokens (STIX 2.1, 9)', () => {
    const blanks = '\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a';
    for (const blank of `${blanks}\u2028\u2029\u202f\u205f\u3000`) accepts(`[a:b${blank}= 1]`);
    accepts('\t\r\n\v\f[a:b\u00a0=\u20281]\u3000', '\u2003[a:b = 1]\u0085');
    refuses('\ufeff[a:b = 1]', '[a:b\u200b = 1]', '[a:b = 1]\u0000', '\u001c[a:b = 1]');
  });

  test('comments stand after the first square bracket only', () => {
    accepts(
      '[a:b = 1] // end',
      '[ /* x */ a:b = 1 /* [ */ ]',
      '[a:b // x\n = 1]',
      '[a:b = 1]/**/',
      '[a:b = 1]//',
    );
    accepts('[a:b = 1 // x\r]', '[a:b = 1 // x\r\n]', '[a:b = 1 /* * / ** // */]');
    refuses('/* x */ [a:b = 1]', '// x\n[a:b = 1]', '( /* x */ [a:b = 1])', '/* comment */ [a:b = 1] // end');
    refuses(
      '[a:b = 1 // ]',
      '[a:b = 1 /* ]',
      '[a:b = 1] /',
      '[a:b = 1] # x',
      '[a:b = 1] /* x',
      '[a:b = 1] -- x',
    );
  });
});
