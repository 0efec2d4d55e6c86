import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isPatternFault, type PatternFault, toPosition } from '../../../../server/stix/pattern/fault.ts';
import { parsePattern } from '../../../../server/stix/pattern/parser.ts';

function faultOf(text: string): PatternFault {
  const result = parsePattern(text);
  assert.ok(isPatternFault(result), text);
  return result;
}

/** Checks the message, and that the fault stands where `piece` first stands in the text. */
function tells(text: string, piece: string, message: RegExp): void {
  const fault = faultOf(text);
  assert.match(fault.message, message);
  assert.equal(fault.offset, piece === '' ? text.length : text.indexOf(piece), fault.message);
}

describe('where a fault stands', () => {
  test('a fault has its offset, and line and column from 1', () => {
    const { offset, line, column } = faultOf("[file:name = 'a'\n  and file:size = 1]");
    assert.deepEqual({ offset, line, column }, { offset: 19, line: 2, column: 3 });
  });

  test('columns count UTF-16 units', () => {
    const { offset, line, column } = faultOf("[a:b = '\u{1f600}' x]");
    assert.deepEqual({ offset, line, column }, { offset: 12, line: 1, column: 13 });
  });

  test('a fault at the end stands after the last character', () => {
    const { offset, line, column } = faultOf('[a:b = 1\n');
    assert.deepEqual({ offset, line, column }, { offset: 9, line: 2, column: 1 });
  });

  test('line ends in strings and comments count, and a carriage return alone does not', () => {
    const { line, column } = faultOf("[a:b = 'x\r\ny' // z\n\r x]");
    assert.deepEqual({ line, column }, { line: 3, column: 3 });
  });

  test('a line end belongs to the line that it ends', () => {
    assert.deepEqual(toPosition('a\nb', 1), { line: 1, column: 2 });
    assert.deepEqual(toPosition('a\nb', 2), { line: 2, column: 1 });
  });

  test('the first of several faults is told', () => {
    tells("[a:b and 01 like 'x']", 'and', /^Found "and", expected an operator/);
  });
});

describe('what a fault says', () => {
  test('it names what was found and what may stand there', () => {
    tells('[]', ']', /^Found "\]", expected an object path such as file:name, EXISTS, NOT EXISTS or "\("\.$/);
    tells('[a:b = ]', ']', /^Found "\]", expected a value: a string in single quotes, a number, true, /);
    tells('[a:b IN (1 2)]', '2', /^Found "2", expected "," or "\)" for the "\(" at line 1, column 9\.$/);
    tells('[a:b[1 = 2]', '=', /^Found "=", expected "\]" for the "\[" at line 1, column 5\.$/);
    tells('', '', /^Found the end of the pattern, expected "\[" or "\("\.$/);
  });

  test('a closing bracket that is missing is told with the place of the opening one', () => {
    tells('[a:b = 1', '', /^Found the end of the pattern, .* "\]" for the "\[" at line 1, column 1\.$/);
    tells('[a:b = 1 AND\n (a:c = 2]', ']', /"\)" for the "\(" at line 2, column 2\.$/);
    tells('[a:b = 1] OR ([a:b = 1]', '', /"\)" for the "\(" at line 1, column 14\.$/);
  });

  test('a closing bracket too many is told as such', () => {
    assert.match(faultOf('[a:b = 1]]').message, /No "\[" is open here\.$/);
    assert.match(faultOf('[a:b = 1])').message, /No "\(" is open here\.$/);
  });

  test('comparisons without brackets are told to stand in them', () => {
    tells("ipv4-addr:value = '1'", 'ipv4', /stand in square brackets, as in \[file:name = 'a\.exe'\]\.$/);
  });

  test('a keyword in lower case is told in upper case', () => {
    tells('[a:b = 1] and [a:b = 2]', 'and', /Keywords are in upper case: AND\.$/);
    tells('[a:b = 1 Or a:b = 2]', 'Or', /Keywords are in upper case: OR\.$/);
    tells("[a:b like 'x']", 'like', /Keywords are in upper case: LIKE\.$/);
    tells('[a:b not = 1]', 'not', /Keywords are in upper case: NOT\.$/);
    tells('[a:b = 1] within 5 SECONDS', 'within', /Keywords are in upper case: WITHIN\.$/);
    tells('[a:b = 1] WITHIN 5 seconds', 'seconds', /Keywords are in upper case: SECONDS\.$/);
  });

  test('a keyword with one wrong character, or two swapped, is told with the one that was meant', () => {
    tells("[a:b MATCHS 'x']", 'MATCHS', /Did you mean MATCHES\?$/);
    tells("[a:b LIEK 'x']", 'LIEK', /Did you mean LIKE\?$/);
    tells("[a:b issubsets 'x']", 'issubsets', /Did you mean ISSUBSET\?$/);
    tells('[a:b = 1] FOLOWEDBY [a:b = 2]', 'FOLOWEDBY', /Did you mean FOLLOWEDBY\?$/);
    tells('[a:b = 1] REPEATS 5 TIME', 'TIME', /Did you mean TIMES\?$/);
    tells('[a:b = 1] REPEAT 5 TIMES', 'REPEAT', /Did you mean REPEATS\?$/);
  });

  test('the beginning or the end of a keyword is told with the whole of it', () => {
    tells("[a:b MATCH 'x']", 'MATCH', /Did you mean MATCHES\?$/);
    tells("[a:b subset 'x']", 'subset', /Did you mean ISSUBSET\?$/);
    tells('[a:b = 1] Followed [a:b = 2]', 'Followed', /Did you mean FOLLOWEDBY\?$/);
  });

  test('a word that is far from every keyword is not told as one', () => {
    tells("[a:b contains 'x']", 'contains', /or NOT before it\.$/);
    tells('[a:b = 1 xor a:b = 2]', 'xor', /"\]" for the "\[" at line 1, column 1\.$/);
  });

  test('a time in another unit is told in seconds', () => {
    tells('[a:b = 1] WITHIN 5 MINUTES', 'MINUTES', /The only unit is SECONDS: write 300 SECONDS\.$/);
    tells('[a:b = 1] WITHIN 1.5 hours', 'hours', /The only unit is SECONDS: write 5400 SECONDS\.$/);
    tells('[a:b = 1] WITHIN 1 DAY', 'DAY', /The only unit is SECONDS: write 86400 SECONDS\.$/);
  });

  test('double and curly quotes are told to be straight single ones', () => {
    tells(
      '[a:b = "x"]',
      '"',
      /^Found a text in double quotes, .* Use single quotes instead of double quotes\.$/,
    );
    tells('[file:hashes."MD5" = 1]', '"', /expected a property name\. Use single quotes/);
    tells('[a:b = \u2018x\u2019]', '\u2018', /Use the straight single quote \('\)\.$/);
    tells('[a:b = "x]', '"', /^Found a text in double quotes/);
  });

  test('a word as a value is told to stand in quotes', () => {
    tells('[file:hashes.MD5 = cead3f77]', 'cead3f77', /Put a text in single quotes\.$/);
    tells(
      '[ipv4-addr:value = 1.2.3.4/24]',
      '1.2',
      /^"1\.2\.3\.4\/24" is no number\. Put a text in single quotes\.$/,
    );
    tells('[a:b MATCHES /x/]', '/', /^Found "\/", expected a string in single quotes\. Put a text in/);
    tells('[a:b = True]', 'True', /Write true in lower case\.$/);
    tells('[a:b = NULL]', 'NULL', /There is no such value; write NOT EXISTS before a path\.$/);
  });

  test('numbers are told how to be written', () => {
    tells('[a:b = 007]', '007', /^"007" is no number\. Leave the leading zero out\.$/);
    tells('[a:b = -1e5]', '-1e5', /^"-1e5" is no number\. Write it without an exponent\.$/);
    tells('[a:b = 0xFF]', '0xFF', /^"0xFF" is no number\. Write it in decimal, or bytes as h'\.\.'\.$/);
    tells('[a:b = 2018-08-21]', '2018', /^"2018-08-21" is no number\. Put a text in single quotes\.$/);
    tells('[1a:b = 1]', '1a', /A name begins with a letter or "_"; a text stands in single quotes\.$/);
  });

  test('a property name with a hyphen, or that is a keyword, is told to be quoted', () => {
    tells(
      "[file:hashes.SHA-256 = 'x']",
      'SHA-256',
      /^Found "SHA-256", expected a property name\. .* quotes: 'SHA-256'\.$/,
    );
    tells('[a:START = 1]', 'START', /it stands in single quotes: 'START'\.$/);
    tells('[a:b.true = 1]', 'true', /it stands in single quotes: 'true'\.$/);
  });

  test('a path without its colon is told to have one', () => {
    tells('[file.size = 1]', '.', /A colon stands between type and property, as in file:name\.$/);
    tells('[file:a:b = 1]', ':b', /A point stands between the properties of a path/);
  });

  test('operators of other languages are told in this one', () => {
    tells('[a:b => 1]', '>', /Write "greater or equal" as >=\.$/);
    tells('[a:b =< 1]', '<', /Write "less or equal" as <=\.$/);
    tells('[a:b = 1 && a:c = 1]', '&', /Write AND\.$/);
    tells('[a:b = 1 || a:c = 1]', '|', /Write OR\.$/);
    tells('[NOT a:b = 1]', 'a:b', /put NOT before its operator, as in file:name NOT = 'a\.exe'\.$/);
  });

  test('timestamps are told what they lack', () => {
    tells("[a:b = 1] START '2018-08-21T00:00:00Z'", "'2018", /Put a t before the quote\.$/);
    tells("[a:b = t'2018-08-21T00:00:00']", 't', /It ends in an upper-case Z\.$/);
    tells("[a:b = t'2018-08-21 00:00:00Z']", 't', /An upper-case T stands between date and time\.$/);
    tells("[a:b = t'2018-02-30T00:00:00Z']", 't', /^"t'2018-02-30T00:00:00Z'" is not a real date and time/);
  });

  test('other literals are told what is wrong in them', () => {
    tells("[a:b = h'abc']", 'h', /has an odd number of digits; a byte is two of them\.$/);
    tells("[a:b = h'xy']", 'h', /has something else than hexadecimal digits in it\.$/);
    tells("[a:b = b'!']", "b'", /has something else than base64/);
    tells("[a:b = b'']", "b'", /is empty; it holds base64 of one byte or more\.$/);
    tells("[a:b = b'aGV']", "b'", /is not base64 in groups of four characters/);
    tells("[a:b = h'ff", 'h', /^The hex literal that begins here has no closing single quote\.$/);
  });

  test('a backslash is told to be doubled', () => {
    tells("[a:b = 'C:\\new']", '\\', /^Found "\\n" in a string, .* Write \\\\ for a backslash\.$/);
    tells(
      "[a:b = 'C:\\']",
      "'",
      /has no closing single quote\. In a string \\' is a quote and does not close it/,
    );
    tells("[a:b = 'x", "'", /^The string that begins here has no closing single quote\.$/);
    tells("[a:b = 'it\\'s' OR a:c = 'x", "'x", /has no closing single quote\.$/);
    tells("[a:b = 'x\\", "'", /^The string that begins here has no closing single quote\.$/);
  });

  test('comments are told where they may stand', () => {
    tells('// x\n[a:b = 1]', '//', /^Found a comment before the first "\["\. Put comments after it\.$/);
    tells('[a:b = 1] /* x', '/*', /^The comment that begins here has no end: "\*\/" is missing\.$/);
  });

  test('characters that cannot be seen are named by their number', () => {
    tells('[a:b\u200b = 1]', '\u200b', /^Found the character U\+200B, expected an operator/);
    tells('\ufeff[a:b = 1]', '\ufeff', /^Found the character U\+FEFF/);
    tells('[a:b \u{1f600}]', '\u{1f600}', /^Found "\u{1f600}", expected an operator/u);
    tells('[a:b = \ud800]', '\ud800', /^Found the character U\+D800/);
    tells("[a:b 'x\u202e\ny']", "'", /^Found "'x\ufffd\ufffdy'", expected/);
  });

  test('a long piece is cut', () => {
    const { message } = faultOf(`[a:b = 1 '${'x'.repeat(60_000)}']`);
    assert.match(message, /^Found "'x{39}\.\.\.", expected AND, OR or/);
  });
});
