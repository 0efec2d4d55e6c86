import { createMediaSpelling } from './media.ts';
import { createPatience } from './patience.ts';
import { PartnerFault } from '../partner-fault.ts';
import type { Redaction } from './redaction.ts';
import { followRedirect, isRedirect } from './redirects.ts';
import { toRefusal } from './refusals.ts';
import type { ClientOptions } from './taxii-client.ts';
import type { Answer } from './answer.ts';
import type { Transport } from './transport.ts';

/** What is asked of a partner. */
export interface Question {
  readonly url: URL;
  /** Sent with POST. */
  readonly body?: Uint8Array;
}

/** Asks until there is an answer that can be read, or a fault that does not pass. */
export interface Conversation {
  /** @throws PartnerFault, the reason of the signal, or what `mayAsk` throws */
  ask<T>(question: Question, read: (answer: Answer) => T): Promise<T>;
}

/** @param isHome whether what proves who we are may go to this origin */
export function createConversation(
  options: ClientOptions,
  transport: Transport,
  redaction: Redaction,
  isHome: (origin: string) => boolean,
): Conversation {
  const { credentials, limits, signal, userAgent } = options;
  const accepted = createMediaSpelling();
  const sent = createMediaSpelling();

  const toHeaders = (url: URL, isPost: boolean): Readonly<Record<string, string>> => ({
    accept: accepted.current(),
    'accept-encoding': 'gzip',
    'user-agent': userAgent,
    ...(isPost ? { 'content-type': sent.current() } : {}),
    ...(credentials.kind === 'header' && isHome(url.origin) ? { [credentials.name]: credentials.value } : {}),
  });

  return {
    async ask(question, read) {
      const patience = createPatience(options);
      const { body } = question;
      const method = body ? 'POST' : 'GET';
      let { url } = question;
      let followed = 0;

      /** @returns the value, or undefined to ask once more */
      const once = async (): Promise<{ readonly value: ReturnType<typeof read> } | undefined> => {
        const answer = await transport.send({
          method,
          url,
          headers: toHeaders(url, body !== undefined),
          ...(body ? { body } : {}),
        });
        if (isRedirect(answer)) {
          url = followRedirect(answer, method, followed, limits.maxRedirects);
          followed += 1;
          return undefined;
        }
        if (answer.status === 406 && accepted.advance()) return undefined;
        if (answer.status === 415 && body && sent.advance()) return undefined;
        if (answer.status >= 300) throw toRefusal(answer, method, credentials, redaction);
        const value = read(answer);
        accepted.settle();
        if (body) sent.settle();
        return { value };
      };

      for (;;) {
        try {
          const found = await once();
          if (found) return found.value;
        } catch (error) {
          signal.throwIfAborted();
          if (!(error instanceof PartnerFault)) throw error;
          await patience.bear(withoutSecret(error, redaction));
        }
      }
    },
  };
}

/** A partner can lead us to a path, or name a host, that holds what we sent it. */
function withoutSecret(fault: PartnerFault, redaction: Redaction): PartnerFault {
  const { code, detail, status, retryAfterMs, cause } = fault;
  const clean = redaction.strip(detail);
  if (clean === detail) return fault;
  return new PartnerFault(code, clean, {
    cause,
    ...(status === undefined ? {} : { status }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}
