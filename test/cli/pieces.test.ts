import assert from 'node:assert/strict';
import { Readable, Writable } from 'node:stream';
import { describe, test } from 'node:test';
import {
  parseAudiences,
  parseDays,
  parseOrganisationId,
  parseTitle,
  parseUserName,
} from '../../scripts/cli/arguments.ts';
import { toBatches, toBatchesAsTheyCome } from '../../scripts/cli/batches.ts';
import { createProgress } from '../../scripts/cli/progress.ts';
import { readBounded, readLine } from '../../scripts/cli/read-input.ts';
import { formatTable } from '../../scripts/cli/table.ts';

describe('arguments', () => {
  test('takes the names that grants can name, and no others', () => {
    for (const name of ['a', '9', 'nass', 'a.b_c@d+e-f', 'A'.repeat(128)]) {
      assert.equal(parseUserName(name), name);
      assert.equal(parseOrganisationId(name), name);
    }
    for (const name of ['', ' a', 'a b', 'a:b', '.a', '-a', 'ä', '*', 'a\n', 'A'.repeat(129)]) {
      assert.throws(() => parseUserName(name), /Wanted: 1 to 128/, JSON.stringify(name));
    }
    assert.equal(parseUserName('hub'), 'hub');
    assert.throws(() => parseOrganisationId('hub'), /stands for the hub/);
  });

  test('takes 1 to 36,500 days', () => {
    assert.equal(parseDays('1'), 1);
    assert.equal(parseDays('36500'), 36_500);
    for (const text of ['0', '36501', '1.5', '-1', '', 'x', '1e3'])
      assert.throws(() => parseDays(text), /whole number/);
  });

  test('puts audiences in one order, each once', () => {
    assert.deepEqual(parseAudiences('state, federal,state'), ['federal', 'state']);
    for (const text of ['', 'federal,', 'public'])
      assert.throws(() => parseAudiences(text), /one or more of/);
  });

  test('takes a name of one line of at most 200 characters', () => {
    assert.equal(parseTitle(' Müller '), 'Müller');
    assert.equal(parseTitle('x'.repeat(200)).length, 200);
    for (const text of ['', ' ', 'a\nb', 'a\u001bb', 'a\u202eb', 'x'.repeat(201)])
      assert.throws(() => parseTitle(text), /one line/);
  });
});

describe('batches of an upload', () => {
  const read = (
    texts: readonly string[],
    maxObjects: number,
    maxBytes: number,
  ): readonly (readonly [number, string])[] =>
    [...toBatches(texts, { maxObjects, maxBytes })].map(
      ({ count, body }) => [count, Buffer.from(body).toString()] as const,
    );

  test('keeps the texts byte for byte and in order', () => {
    const texts = ['{"a" :1.0}', '{"b":"\\u00e9 é"}', '{"c":[ ]}'];
    assert.deepEqual(read(texts, 2, 1000), [
      [2, '{"objects":[{"a" :1.0},{"b":"\\u00e9 é"}]}'],
      [1, '{"objects":[{"c":[ ]}]}'],
    ]);
    assert.deepEqual(read([], 2, 1000), []);
  });

  test('begins another at the limit of bytes, and lets what is larger go alone', () => {
    // Each costs itself and a comma, counted in bytes of UTF-8.
    assert.deepEqual(
      read(['11', '22', '33'], 9, 6).map(([count]) => count),
      [2, 1],
    );
    assert.deepEqual(
      read(['11', '22', '33'], 9, 5).map(([count]) => count),
      [1, 1, 1],
    );
    assert.deepEqual(
      read(['é', 'é'], 9, 5).map(([count]) => count),
      [1, 1],
    );
    assert.deepEqual(
      read(['1', 'xxxxxxxxxx', '2', '3'], 9, 4).map(([count]) => count),
      [1, 1, 2],
    );
  });

  test('are the same when the objects come one after the other, each as soon as it is full', async () => {
    const texts = ['1', '{"a":"é"}', 'xxxxxxxxxx', '2', '3', '4', '5'];
    let given = 0;
    async function* give(): AsyncGenerator<readonly Buffer[]> {
      for (const text of texts) {
        given += 1;
        yield [Buffer.from(text)];
      }
    }
    for (const limits of [
      { maxObjects: 2, maxBytes: 13 },
      { maxObjects: 9, maxBytes: 4 },
    ]) {
      given = 0;
      let counted = 0;
      const batches: unknown[] = [];
      for await (const batch of toBatchesAsTheyCome(give(), limits)) {
        batches.push(batch);
        counted += batch.count;
        assert.ok(given <= counted + 1, `${given} were read for ${counted}`);
      }
      assert.deepEqual(batches, [...toBatches(texts, limits)]);
    }
  });
});

describe('what is read', () => {
  test('is bounded, at the limit and one past it', async () => {
    const chunks = (): Readable => Readable.from([Buffer.from('abc'), Buffer.from('de')]);
    assert.equal((await readBounded(chunks(), 5))?.toString(), 'abcde');
    assert.equal(await readBounded(chunks(), 4), undefined);
  });

  test('is one line for a password, with nothing of it in an error', async () => {
    const from = (text: string | Buffer): Readable => Readable.from([Buffer.from(text)]);
    assert.equal(await readLine(from('pass word\r\n')), 'pass word');
    assert.equal(await readLine(from('pass word')), 'pass word');
    for (const text of ['', '\n', 'hunter\n22', 'hunter\r22', 'hunter'.repeat(700), Buffer.from([0xff])]) {
      await assert.rejects(
        readLine(from(text)),
        (error: Error) => error.message.includes('one line') && !error.message.includes('hunter'),
      );
    }
    const typed = Object.assign(Readable.from([Buffer.from('pass\n'), Buffer.from('more')]), { isTTY: true });
    assert.equal(await readLine(typed), 'pass');
  });
});

describe('what is shown', () => {
  test('aligns columns, goes on below for a line break, and passes no order on to a terminal', () => {
    const table = formatTable(
      ['ID', 'WHY'],
      [
        ['a', 'one\ntwo'],
        ['bcd', '\u001b[31mred\u202e'],
        ['é', ''],
      ],
    );
    assert.equal(table, 'ID   WHY\na    one\n     two\nbcd  \ufffd[31mred\ufffd\né');
    assert.equal(formatTable([], [['a', 'b']]), 'a  b');
  });

  function listen(isTTY: boolean): {
    readonly out: Writable & { isTTY: boolean; columns: number };
    readonly lines: () => string[];
  } {
    let text = '';
    const out = new Writable({
      write(chunk, _encoding, done) {
        text += String(chunk);
        done();
      },
    });
    return {
      out: Object.assign(out, { isTTY, columns: 60 }),
      lines: () => text.split('\r\u001b[K').slice(1),
    };
  }

  test('draws a bar with the objects done and their rate on a terminal', () => {
    const { out, lines } = listen(true);
    let nowMs = 0;
    const progress = createProgress(out, 200, () => nowMs);
    nowMs = 2000;
    progress.advance(100);
    progress.advance(100);
    progress.end();
    const [start, half, whole, end] = lines();
    assert.match(start ?? '', /^\[\.+\] 0 of 200 objects$/);
    assert.match(half ?? '', /^\[(#+)\.+\] 100 of 200 objects, 50\/s, 2 s left$/);
    assert.match(whole ?? '', /^\[#+\] 200 of 200 objects, 100\/s$/);
    assert.equal(end, '');
    for (const line of lines()) assert.ok(line.length < 60);
  });

  test('draws nothing where there is no terminal', () => {
    const { out, lines } = listen(false);
    const progress = createProgress(out, 2, () => 0);
    progress.advance(2);
    progress.end();
    assert.deepEqual(lines(), []);
  });
});
