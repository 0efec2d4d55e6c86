import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseFeedName } from '../../scripts/cli/feed-arguments.ts';
import { readApiDescription } from '../../server/api/description.ts';
import type { NewFeed } from '../../server/api/feed-request.ts';
import { findPackageRoot } from '../../server/config/package-root.ts';
import { requireCron } from '../../server/sync/run/cron.ts';
import { checkTerms, FEED_TERMS, MAX_FEED_TYPES, type TextRule } from '../../server/sync/feed-rules.ts';
import type { FeedRequest } from '../../server/sync/feed-services.ts';
import { at, textAt } from '../deploy/deploy-files.ts';

const description = readApiDescription(findPackageRoot());
const isNewFeed = description.compile<NewFeed>('NewFeed');
const schemas = at(parseDocument(description.bytes.toString('utf8')), 'components', 'schemas');

const RIGHT: FeedRequest = {
  name: 'isac-in',
  url: 'https://taxii.example.org/api1/',
  collection: 'Election threats',
  direction: 'pull',
  cron: '*/15 * * * *',
  auth: { kind: 'none' },
  org: 'isac',
  allowPrivate: false,
};
const BEARER = { kind: 'bearer' } as const;

/** Where the description of the API has the rule of a term. */
const PLACES: Readonly<Record<keyof typeof FEED_TERMS, readonly (string | number)[]>> = {
  name: ['NewFeed', 'properties', 'name'],
  url: ['NewFeed', 'properties', 'url'],
  collection: ['NewFeed', 'properties', 'collection'],
  user: ['Auth', 'oneOf', 1, 'properties', 'user'],
  header: ['Auth', 'oneOf', 4, 'properties', 'name'],
  variable: ['NewSecret', 'properties', 'env'],
  type: ['Match', 'properties', 'types', 'items'],
};

function parseDocument(text: string): unknown {
  return JSON.parse(text);
}

/** Whether nothing is thrown. */
function passes(check: () => unknown): boolean {
  try {
    check();
    return true;
  } catch {
    return false;
  }
}

function isTakenByService(change: Partial<FeedRequest>): boolean {
  return passes(() => checkTerms({ ...RIGHT, ...change }));
}

function isTakenByApi(change: Partial<FeedRequest>): boolean {
  return isNewFeed({ ...RIGHT, ...change });
}

/** A request for each term that is `length` characters long, as far as it matters here. */
const LONG: Readonly<Record<keyof typeof FEED_TERMS, (length: number) => Partial<FeedRequest>>> = {
  name: (length) => ({ name: 'a'.repeat(length) }),
  url: (length) => ({ url: 'https://a.example/'.padEnd(length, 'a') }),
  // Two units of UTF-16 each.
  collection: (length) => ({ collection: '🦔'.repeat(length) }),
  user: (length) => ({ auth: { kind: 'basic', user: '🦔'.repeat(length) }, secret: { env: 'FEED_A' } }),
  header: (length) => ({ auth: { kind: 'header', name: 'X'.repeat(length) }, secret: { env: 'FEED_A' } }),
  variable: (length) => ({ auth: BEARER, secret: { env: 'FEED_'.padEnd(length, 'A') } }),
  type: (length) => ({ match: { types: ['a'.repeat(length)] } }),
};

describe('what a feed may be called and say', () => {
  test('is the same for the management API, the command line and the service, at the bound and one beyond', () => {
    const rules: readonly (readonly [string, TextRule])[] = Object.entries(FEED_TERMS);
    assert.equal(rules.length, Object.keys(LONG).length);
    for (const [term, { maxLength }] of rules) {
      const long = Object.entries(LONG).find(([name]) => name === term)?.[1] ?? assert.fail(term);
      for (const [length, isRight] of [
        [maxLength, true],
        [maxLength + 1, false],
      ] as const) {
        assert.equal(isTakenByService(long(length)), isRight, `${term} ${length}, service`);
        assert.equal(isTakenByApi(long(length)), isRight, `${term} ${length}, API`);
      }
    }
  });

  test('has one pattern and one bound, which the description of the API repeats', () => {
    for (const [term, place] of Object.entries(PLACES)) {
      const rule: TextRule =
        Object.entries(FEED_TERMS).find(([name]) => name === term)?.[1] ?? assert.fail(term);
      assert.equal(at(schemas, ...place, 'maxLength'), rule.maxLength, term);
      // Of variables the API takes a part alone.
      if (term === 'variable') continue;
      assert.equal(new RegExp(textAt(schemas, ...place, 'pattern'), 'u').source, rule.pattern.source, term);
    }
    assert.equal(at(schemas, 'Match', 'properties', 'types', 'maxItems'), MAX_FEED_TYPES);
  });

  test('is a name of lower-case letters, digits and hyphens', () => {
    const names: readonly (readonly [string, boolean])[] = [
      ['a', true],
      ['0-a', true],
      ['a-', true],
      ['', false],
      ['-a', false],
      ['A', false],
      ['a.b', false],
      ['a_b', false],
      ['a@b', false],
      ['a\n', false],
      ['ä', false],
    ];
    for (const [name, isRight] of names) {
      assert.equal(isTakenByService({ name }), isRight, `${name}, service`);
      assert.equal(isTakenByApi({ name }), isRight, `${name}, API`);
      assert.equal(
        passes(() => parseFeedName(name)),
        isRight,
        `${name}, command line`,
      );
    }
  });

  test('is a collection and a user on one line, and not blank', () => {
    const texts: readonly (readonly [string, boolean])[] = [
      ['Shared with the hub', true],
      [' x ', true],
      ['Ünïcode 🦔', true],
      ['', false],
      ['   ', false],
      ['two\nlines', false],
      ['two\u2028lines', false],
      ['\u202egnp', false],
      ['\ud800', false],
      ['\u007f', false],
    ];
    for (const [text, isRight] of texts) {
      const auth = { kind: 'basic', user: text } as const;
      for (const change of [{ collection: text }, { auth, secret: { env: 'FEED_A' } }]) {
        assert.equal(isTakenByService(change), isRight, `${JSON.stringify(change)}, service`);
        assert.equal(isTakenByApi(change), isRight, `${JSON.stringify(change)}, API`);
      }
    }
  });

  test('is an address that both read alike', () => {
    const urls: readonly (readonly [string, boolean])[] = [
      ['https://taxii.example.org', true],
      ['HTTPS://taxii.example.org:8443/a/b', true],
      ['https:taxii.example.org', false],
      ['https:/taxii.example.org/', false],
      [' https://taxii.example.org/', false],
      ['https://taxii.example.org\\@elsewhere.example/', false],
      ['https://taxii.example.org/a b', false],
      ['https://taxii.example.org/\n', false],
      ['https://taxii.example.org/?', false],
      ['https://us@taxii.example.org/', false],
      ['https://', false],
    ];
    for (const [url, isRight] of urls) {
      assert.equal(isTakenByService({ url }), isRight, `${url}, service`);
      assert.equal(isTakenByApi({ url }), isRight, `${url}, API`);
    }
  });

  test('is a cron expression of the same length for both', () => {
    const most = Number(at(schemas, 'NewFeed', 'properties', 'cron', 'maxLength'));
    const cronOf = (length: number): string => '0 0 1 1 *'.padStart(length);
    for (const length of [most, most + 1]) {
      const cron = cronOf(length);
      assert.equal(
        passes(() => requireCron(cron, 0)),
        length === most,
        String(length),
      );
      assert.equal(isTakenByApi({ cron }), length === most, String(length));
    }
  });

  test('is a variable of the server: the API takes no other than those that begin with FEED_', () => {
    for (const [env, isForService, isForApi] of [
      ['FEED_A', true, true],
      ['ACME', true, false],
      ['POLLWATCH_FEEDS', false, false],
      ['1A', false, false],
    ] as const) {
      const change = { auth: BEARER, secret: { env } };
      assert.equal(isTakenByService(change), isForService, env);
      assert.equal(isTakenByApi(change), isForApi, env);
    }
  });
});
