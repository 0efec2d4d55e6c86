import { request, type Agent } from 'node:http';

export interface Question {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly token: string;
  readonly body?: string;
}

/** An answer that came as a whole. */
export interface Answer {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  readonly text: string;
}

const MEDIA_TYPE = 'application/taxii+json;version=2.1';

/**
 * Sends one request and waits for the whole answer.
 * @throws what the connection says when it breaks, or the signal's reason
 */
export function exchange(
  { port, agent }: { readonly port: number; readonly agent: Agent },
  { method, path, token, body }: Question,
  signal: AbortSignal,
): Promise<Answer> {
  const headers = {
    Accept: MEDIA_TYPE,
    Authorization: `Bearer ${token}`,
    ...(body === undefined ? {} : { 'Content-Type': MEDIA_TYPE, 'Content-Length': Buffer.byteLength(body) }),
  };
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, agent, headers, signal }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('close', () => {
        if (!response.complete) reject(new Error('the answer was cut off'));
      });
      response.on('end', () => {
        resolve({
          status: response.statusCode ?? 0,
          header: (name) => {
            const value = response.headers[name];
            return typeof value === 'string' ? value : undefined;
          },
          text: Buffer.concat(chunks).toString(),
        });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
