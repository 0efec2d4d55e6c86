import { PartnerFault } from '../partner-fault.ts';
import { describeUrl } from './partner-urls.ts';
import { headerOf, type Answer } from './answer.ts';

/** For a POST only those that keep it a POST with its body (RFC 9110, 15.4). */
const FOLLOWED = { GET: [301, 302, 307, 308], POST: [307, 308] } as const;

export function isRedirect({ status }: Answer): boolean {
  return status >= 300 && status < 400;
}

/**
 * Where a redirect leads. It stays on its origin: no request, and no secret, goes to another because a partner, or
 * somebody in between, says so. An upgrade to https is another origin too: the URL of the feed should say it.
 * @param followed how many redirects were followed for this request before
 * @throws PartnerFault `redirect.refused`
 */
export function followRedirect(
  answer: Answer,
  method: 'GET' | 'POST',
  followed: number,
  maxRedirects: number,
): URL {
  const { url, status, headers } = answer;
  const refuse = (why: string): PartnerFault => {
    const detail = `${method} ${describeUrl(url)} was answered with a redirect (${status}) that ${why}.`;
    return new PartnerFault('redirect.refused', detail, { status });
  };
  const statuses: readonly number[] = FOLLOWED[method];
  if (!statuses.includes(status)) throw refuse(`is not followed for a ${method}`);
  if (followed >= maxRedirects) throw refuse(`is one more than the ${maxRedirects} that are followed`);
  const location = headerOf(headers, 'location');
  const target = location === undefined ? null : URL.parse(location, url.href);
  if (!target) throw refuse('leads nowhere');
  // `blob:` has the origin of what it holds.
  if (target.origin !== url.origin || target.protocol !== url.protocol) {
    throw refuse(
      `leads to ${target.origin.slice(0, 200)}, another origin. If that is the partner, give the feed its URL`,
    );
  }
  if (target.username !== '' || target.password !== '') throw refuse('holds a user or password');
  target.hash = '';
  return target;
}
