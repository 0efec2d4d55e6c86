import { hash } from 'node:crypto';
import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { AppError } from '../../server/domain/errors.ts';
import { explainReading, STDIN } from './input-file.ts';

/** The bytes of a file that is read twice. */
export interface UploadSource extends AsyncDisposable {
  /** All of it; a piece may be used again for the next one. */
  read(): AsyncIterable<Uint8Array>;
  /** The same once more. @throws AppError `input.invalid` before any byte that is not what was read at first */
  readAgain(): AsyncIterable<Uint8Array>;
}

/** What reading takes from the surroundings. */
export interface SourceOptions {
  readonly stdin: Readable;
  /** Keeps what cannot be read twice. */
  readonly temporaryFolder: string;
  readonly maxBytes: number;
}

const PIECE_BYTES = 2 ** 18;

/**
 * Opens a file. Standard input, and what is no regular file, such as a pipe, is kept in a temporary file while it is read
 * for the first time.
 * @throws AppError `input.invalid`, which does not name the file; `body.too-large`, also while it is read
 */
export async function openSource(file: string, options: SourceOptions): Promise<UploadSource> {
  if (file === STDIN) return keep(options.stdin, options);
  const handle = await orExplain(open(file));
  const stats = await orExplain(handle.stat());
  if (!stats.isFile()) return keep(handle.createReadStream(), options);
  await handle.close();
  // The size first, so that what is too large is not read.
  if (stats.size > options.maxBytes) throw tooLarge(options);
  return openRegular(file, options);
}

/** Remembers the hash of each piece, so that a change is noticed before anything of it is used. */
function openRegular(file: string, options: SourceOptions): UploadSource {
  const hashes: string[] = [];
  return {
    async *read() {
      await using handle = await orExplain(open(file));
      for await (const piece of readPieces(handle, options)) {
        hashes.push(toHash(piece));
        yield piece;
      }
    },
    async *readAgain() {
      await using handle = await orExplain(open(file));
      let index = 0;
      for await (const piece of readPieces(handle, options)) {
        if (toHash(piece) !== hashes[index]) throw changed();
        index += 1;
        yield piece;
      }
      if (index < hashes.length) throw changed();
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** Writes a stream to a temporary file as it is read. Nobody else can open it, and nothing is left when this ends. */
async function keep(stream: Readable, options: SourceOptions): Promise<UploadSource> {
  const { temporaryFolder } = options;
  const kept = await openNameless(temporaryFolder).catch((error: unknown) => {
    throw explainKeeping(error, temporaryFolder);
  });
  return {
    async *read() {
      let bytes = 0;
      for await (const piece of toBytes(stream)) {
        bytes += piece.length;
        if (bytes > options.maxBytes) throw tooLarge(options);
        await kept.writeFile(piece).catch((error: unknown) => {
          throw explainKeeping(error, temporaryFolder);
        });
        yield piece;
      }
    },
    readAgain: () => readPieces(kept, options),
    async [Symbol.asyncDispose]() {
      stream.destroy();
      await kept.close();
    },
  };
}

/** A file without a name, which goes when it is closed, however this process ends. */
async function openNameless(parent: string): Promise<FileHandle> {
  const folder = await mkdtemp(join(parent, 'pollwatch-'));
  try {
    return await open(join(folder, 'upload'), 'wx+', 0o600);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Pieces of always the same size but for the last, wherever reading stops for a moment. */
async function* readPieces(handle: FileHandle, options: SourceOptions): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.alloc(PIECE_BYTES);
  for (let position = 0; ;) {
    let length = 0;
    for (let isAtEnd = false; length < PIECE_BYTES && !isAtEnd;) {
      const { bytesRead } = await orExplain(
        handle.read(buffer, length, PIECE_BYTES - length, position + length),
      );
      isAtEnd = bytesRead === 0;
      length += bytesRead;
    }
    if (length === 0) return;
    position += length;
    if (position > options.maxBytes) throw tooLarge(options);
    yield buffer.subarray(0, length);
  }
}

async function* toBytes(stream: Readable): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of stream) yield Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
  } catch (error) {
    throw explainReading(error);
  }
}

async function orExplain<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    throw explainReading(error);
  }
}

function toHash(piece: Uint8Array): string {
  return hash('sha256', piece, 'base64');
}

function changed(): AppError {
  const detail = 'The file changed while it was read. Upload it again when nobody writes to it any more.';
  return new AppError('input.invalid', { detail });
}

function tooLarge({ maxBytes }: SourceOptions): AppError {
  const size = Math.floor(maxBytes / 2 ** 20);
  const detail = `Too large: a file has at most ${size} MiB. Upload it in parts.`;
  return new AppError('body.too-large', { detail });
}

function explainKeeping(error: unknown, folder: string): unknown {
  if (!(error instanceof Error && 'code' in error)) return error;
  const detail =
    `It is read twice, and cannot be kept in ${folder} meanwhile (${String(error.code)}). ` +
    'Make room there, or name another folder with TMPDIR.';
  return new AppError('input.invalid', { detail, cause: error });
}
