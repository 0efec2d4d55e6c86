import { AppError } from '../domain/errors.ts';

/**
 * Waits for an answer of the store so long and no longer.
 * @throws AppError `storage.unavailable` when it did not come in time, and what `answer` throws
 */
export async function within<T>(timeoutMs: number, answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(
        new AppError('storage.unavailable', { detail: `The store did not answer within ${timeoutMs} ms.` }),
      );
    }, timeoutMs);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
