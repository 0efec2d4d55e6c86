import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFile, mkdtemp, open, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { withCheckedFiles } from '../../scripts/cli/upload-files.ts';
import { openSource } from '../../scripts/cli/upload-source.ts';
import { AppError } from '../../server/domain/errors.ts';
import { cutObjects } from '../../server/stix/streamed-file.ts';

const MEBIBYTE = 2 ** 20;
const MAKE_PIPE = 'mkfifo';
const LIMITS = { maxDepth: 100 };
const NOTHING = Readable.from([]);

async function readAll(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const kept: Buffer[] = [];
  for await (const piece of pieces) kept.push(Buffer.from(piece));
  return Buffer.concat(kept).toString();
}

function rejects(reading: Promise<unknown>, code: string, detail: RegExp): Promise<void> {
  return assert.rejects(reading, (error) => {
    assert.ok(error instanceof AppError, String(error));
    assert.equal(error.code, code);
    assert.match(error.detail ?? '', detail);
    return true;
  });
}

describe('a file that is read twice', () => {
  let folder = '';
  let temporaryFolder = '';

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pollwatch-source-'));
    temporaryFolder = await mkdtemp(join(folder, 'tmp-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const write = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };

  test('is the same both times, also when it is larger than a piece', async () => {
    const text = '0123456789'.repeat(MEBIBYTE / 4);
    const file = await write('same.txt', text);
    await using source = await openSource(file, { stdin: NOTHING, temporaryFolder, maxBytes: text.length });
    assert.ok((await readAll(source.read())) === text);
    assert.ok((await readAll(source.readAgain())) === text);
  });

  test('is refused before anything that changed since is used: written over, longer, shorter, or gone', async () => {
    const text = 'x'.repeat(2 * MEBIBYTE + 5);
    const changes: readonly (readonly [
      name: string,
      change: (file: string) => Promise<void>,
      kept: number,
    ])[] = [
      ['over', (file) => overwrite(file, MEBIBYTE + 3), MEBIBYTE],
      ['longer', (file) => appendFile(file, 'y'), 2 * MEBIBYTE],
      ['longer by a piece', (file) => appendFile(file, 'y'.repeat(2 * MEBIBYTE)), 2 * MEBIBYTE],
      ['shorter', (file) => truncate(file, 2 * MEBIBYTE), 2 * MEBIBYTE],
      ['empty', (file) => truncate(file), 0],
    ];
    for (const [name, change, kept] of changes) {
      const file = await write(name, text);
      await using source = await openSource(file, { stdin: NOTHING, temporaryFolder, maxBytes: 2 ** 30 });
      await readAll(source.read());
      await change(file);
      let seen = 0;
      const read = async (): Promise<void> => {
        for await (const piece of source.readAgain()) {
          assert.ok(Buffer.from(piece).every((byte) => byte === 0x78));
          seen += piece.length;
        }
      };
      await rejects(read(), 'input.invalid', /changed while it was read/);
      assert.equal(seen, kept, name);
    }
    const file = await write('gone', text);
    await using source = await openSource(file, { stdin: NOTHING, temporaryFolder, maxBytes: 2 ** 30 });
    await readAll(source.read());
    await rm(file);
    await rejects(readAll(source.readAgain()), 'input.invalid', /no such file/);
  });

  async function overwrite(file: string, position: number): Promise<void> {
    await using handle = await open(file, 'r+');
    await handle.write('y', position);
  }

  test('gives none of its objects when it changes after its check', async () => {
    const file = await write('changing.json', '{"type":"campaign"}');
    const work = withCheckedFiles([file], { stdin: NOTHING, temporaryFolder }, LIMITS, async ([checked]) => {
      assert.ok(checked);
      await writeFile(file, '{"type":"campaigm"}');
      await cutObjects(checked.source.readAgain(), checked.form, LIMITS).next();
    });
    await rejects(work, 'input.invalid', /^The file changed while it was read\. /);
  });

  test('is kept in a temporary file without a name when it is standard input', async () => {
    const text = 'é'.repeat(MEBIBYTE);
    const stdin = Readable.from([Buffer.from(text), '', 'end']);
    await using source = await openSource('-', { stdin, temporaryFolder, maxBytes: 2 ** 30 });
    assert.ok((await readAll(source.read())) === `${text}end`);
    assert.deepEqual(await readdir(temporaryFolder), []);
    assert.ok((await readAll(source.readAgain())) === `${text}end`);
  });

  test('is kept likewise when it is a pipe', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync(MAKE_PIPE, [pipe]);
    const writing = writeFile(pipe, '{"type":"campaign"}');
    await using source = await openSource(pipe, { stdin: NOTHING, temporaryFolder, maxBytes: 100 });
    assert.equal(await readAll(source.read()), '{"type":"campaign"}');
    assert.equal(await readAll(source.readAgain()), '{"type":"campaign"}');
    await writing;
  });

  test('is refused when it is too large, one byte past the limit, without reading a file to the end', async () => {
    const options = { temporaryFolder, maxBytes: MEBIBYTE };
    const fits = async (file: string, stdin: Readable): Promise<string> => {
      await using source = await openSource(file, { ...options, stdin });
      return await readAll(source.read());
    };
    const text = 'x'.repeat(MEBIBYTE);
    assert.equal((await fits(await write('fits', text), NOTHING)).length, MEBIBYTE);
    assert.equal((await fits('-', Readable.from([Buffer.from(text)]))).length, MEBIBYTE);
    const large = fits('-', Readable.from([Buffer.from(text), Buffer.from('x')]));
    await rejects(large, 'body.too-large', /^Too large: a file has at most 1 MiB/);
    const opening = openSource(await write('large', `${text}x`), { ...options, stdin: NOTHING });
    await rejects(opening, 'body.too-large', /at most 1 MiB/);
  });

  test('names TMPDIR when standard input cannot be kept', async () => {
    const options = { stdin: NOTHING, temporaryFolder: join(folder, 'missing'), maxBytes: 1 };
    await rejects(openSource('-', options), 'input.invalid', /missing meanwhile \(ENOENT\).*TMPDIR/);
  });
});
