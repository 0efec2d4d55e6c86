import type { Feed } from '../../domain/feed.ts';
import type { ClientOptions, TaxiiClient } from '../client/taxii-client.ts';
import type { CreateClient, FeedLimits } from '../feed-services.ts';
import { readAuthorities, readCredentials, type Environment } from './secrets.ts';

export interface FeedClientOptions {
  readonly createClient: CreateClient;
  readonly limits: FeedLimits;
  /** Where the variables with secrets are. */
  readonly env: Environment;
  /** Name and version of this software. */
  readonly userAgent: string;
  readonly wait: ClientOptions['wait'];
  /** From 0 up to 1, for jitter. */
  readonly random: () => number;
}

/**
 * Makes the client of one run, with the secret as it is now.
 * @throws PartnerFault `secret.missing`, `tls.failed`
 */
export async function openFeedClient(
  { createClient, limits, env, userAgent, wait, random }: FeedClientOptions,
  { auth, secret, caFile, allowPrivate }: Feed,
  run: Pick<ClientOptions, 'signal' | 'mayAsk'>,
): Promise<TaxiiClient> {
  const credentials = await readCredentials(auth, secret, env);
  return createClient({
    credentials,
    ...(caFile === undefined ? {} : { authorities: await readAuthorities(caFile) }),
    allowPrivate,
    limits: {
      maxAnswerBytes: limits.maxPageBytes,
      requestTimeoutMs: limits.requestTimeoutMs,
      maxRedirects: limits.maxRedirects,
      maxRetries: limits.maxRetries,
      // Whoever asks for a longer wait than a request may take is asked again in a later run.
      maxRetryAfterMs: limits.requestTimeoutMs,
      maxDepth: limits.maxDepth,
      maxObjects: limits.maxObjects,
    },
    userAgent,
    wait,
    random,
    ...run,
  });
}
