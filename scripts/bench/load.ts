import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { watchOver, type ServerProcess } from './processes.ts';

/** What the load generator has to do. */
export interface LoadPlan {
  readonly pid: number;
  readonly port: number;
  readonly connections: number;
  /** Files that hold a whole request each. */
  readonly requestFiles: readonly string[];
  readonly warmupMs: number;
  /** How long requests are sent, over and over; 0 sends each once. */
  readonly durationMs: number;
  /** Ends a timed run early when so many answers have come. */
  readonly maxAnswers?: number;
  /** What every answer must be. */
  readonly expected: { readonly status: number; readonly bytes: number };
}

export interface LoadResult {
  readonly answers: number;
  readonly seconds: number;
  /** Of the server, its threads and its children. */
  readonly cpuSeconds: number;
  /** The median time from request to the last byte of the answer. */
  readonly medianMs: number;
}

/** A request as it is sent, without its body. */
export interface Ask {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly authorization: string;
}

const GENERATOR = fileURLToPath(new URL('./load-main.ts', import.meta.url));
const MARGIN_MS = 60_000;
const MEDIA_TYPE = 'application/taxii+json;version=2.1';

function headersOf({ authorization }: Ask, body: Buffer): Readonly<Record<string, string>> {
  const common = { 'User-Agent': 'bench/1', Accept: MEDIA_TYPE, Authorization: authorization };
  if (body.byteLength === 0) return common;
  return { ...common, 'Content-Type': MEDIA_TYPE, 'Content-Length': String(body.byteLength) };
}

/** Writes a whole request, as a tool of a security operations centre sends it, into a file of the folder. */
export async function writeRequest(
  folder: string,
  name: string,
  ask: Ask,
  body: Buffer = Buffer.alloc(0),
): Promise<string> {
  const headers = Object.entries({ Host: '127.0.0.1', ...headersOf(ask, body) });
  const lines = [`${ask.method} ${ask.path} HTTP/1.1`, ...headers.map(([key, value]) => `${key}: ${value}`)];
  const file = join(folder, name);
  await writeFile(file, Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body]));
  return file;
}

export interface Answer {
  readonly status: number;
  readonly lastAdded: string | undefined;
  readonly body: Buffer;
}

/** Sends one request outside of any measurement. */
export function askOnce(server: ServerProcess, ask: Ask, body: Buffer = Buffer.alloc(0)): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = {
      port: server.port,
      host: '127.0.0.1',
      method: ask.method,
      path: ask.path,
      agent: false,
    };
    const sent = request({ ...options, headers: headersOf(ask, body), timeout: MARGIN_MS }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const lastAdded = response.headers['x-taxii-date-added-last'];
        resolve({
          status: response.statusCode ?? 0,
          lastAdded: typeof lastAdded === 'string' ? lastAdded : undefined,
          body: Buffer.concat(chunks),
        });
      });
    });
    sent.on('error', reject);
    sent.on('timeout', () => sent.destroy(new Error('no answer in time')));
    sent.end(body);
  });
}

/** Runs the load generator in a process of its own. @throws Error when any answer was not as expected */
export function runLoad(plan: LoadPlan): Promise<LoadResult> {
  const timeout = plan.warmupMs + plan.durationMs + MARGIN_MS;
  return new Promise((resolve, reject) => {
    const args = [GENERATOR, JSON.stringify(plan)];
    const child = execFile(process.execPath, args, { timeout, encoding: 'utf8' }, (error, stdout, stderr) => {
      if (error) reject(new Error(`the load generator failed: ${stderr.trim() || error.message}`));
      else resolve(parseResult(stdout));
    });
    watchOver(child);
  });
}

function parseResult(json: string): LoadResult {
  return JSON.parse(json) as LoadResult;
}
