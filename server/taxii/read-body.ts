import type { RequestHandler, Request } from 'express';
import { AppError } from '../domain/errors.ts';

/**
 * Reads the body, at most so many bytes; a chunked body is counted as it comes (TAXII 2.1, 4.2.1).
 * @param maxBytes exactly so many are taken
 */
export function createBodyStep(maxBytes: number): RequestHandler {
  const tooLarge = (): AppError =>
    new AppError('body.too-large', {
      detail: `A body may have at most ${maxBytes} bytes: send it in parts.`,
    });

  return async (req, res, next) => {
    const announced = req.headers['content-length'];
    if (announced !== undefined && Number(announced) > maxBytes) throw tooLarge();
    // A caller that asked first has waited until here to send the body.
    if (req.headers.expect?.toLowerCase() === '100-continue') res.writeContinue();
    const body = await collect(req, maxBytes);
    if (!body) throw tooLarge();
    req.received = body;
    next();
  };
}

/** @returns undefined when there are more than `maxBytes` */
function collect(req: Request, maxBytes: number): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const stop = (): void => {
      req.off('data', take).off('end', finish).off('error', fail).off('aborted', fail).off('close', fail);
    };
    const take = (chunk: Buffer): void => {
      size += chunk.byteLength;
      if (size > maxBytes) {
        stop();
        req.pause();
        resolve(undefined);
        return;
      }
      chunks.push(chunk);
    };
    const finish = (): void => {
      stop();
      resolve(Buffer.concat(chunks, size));
    };
    const fail = (): void => {
      stop();
      reject(new AppError('body.aborted', { detail: 'The body ended before it was complete.' }));
    };
    req.on('data', take).on('end', finish).on('error', fail).on('aborted', fail).on('close', fail);
  });
}
