import assert from 'node:assert/strict';
import type { Answer, ListedObject, TestServer } from '../support/test-server.ts';

const MAX_PAGES = 500;

/** `path` with parameters added. */
export function withQuery(
  path: string,
  query: Readonly<Record<string, string | number | undefined>>,
): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) params.set(name, String(value));
  const text = params.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** What a page of any list holds, as comparable texts: versions, or id and version of objects and records. */
export function itemsOf(answer: Answer): readonly string[] {
  const { objects, versions } = answer.resource();
  return versions ?? (objects ?? []).map(nameOf);
}

function nameOf({ id, modified, version }: ListedObject): string {
  return `${id} ${modified ?? version ?? ''}`;
}

/** Follows `next` from the first page to the last, and checks what holds for each page (TAXII 2.1, 3.4). */
export async function walkByNext(
  server: TestServer,
  path: string,
  first: Readonly<Record<string, string | number>>,
  then: Readonly<Record<string, string | number>> = first,
  between: (page: number) => Promise<void> = () => Promise.resolve(),
): Promise<readonly Answer[]> {
  const pages: Answer[] = [];
  let query: Readonly<Record<string, string | number>> = first;
  for (;;) {
    const answer = await server.get(withQuery(path, query));
    assert.equal(answer.status, 200, answer.text);
    pages.push(answer);
    const { more, next } = answer.resource();
    if (more !== true) {
      assert.equal(next, undefined, 'next on the last page');
      return pages;
    }
    assert.equal(typeof next, 'string', 'next is a text when more is true');
    assert.ok(pages.length < MAX_PAGES, 'the walk does not end');
    await between(pages.length);
    query = { ...then, next: next ?? '' };
  }
}

/** Pages by `added_after` = the last X-TAXII-Date-Added-Last alone, as clients do that know no `next`. */
export async function walkByHeader(
  server: TestServer,
  path: string,
  filters: Readonly<Record<string, string | number>>,
): Promise<readonly Answer[]> {
  const pages: Answer[] = [];
  let addedAfter: string | undefined;
  for (;;) {
    const answer = await server.get(withQuery(path, { ...filters, added_after: addedAfter }));
    assert.equal(answer.status, 200, answer.text);
    pages.push(answer);
    if (answer.resource().more !== true) return pages;
    assert.ok(pages.length < MAX_PAGES, 'the walk does not end');
    addedAfter = lastOf(answer);
  }
}

export function firstOf(answer: Answer): string {
  return headerOf(answer, 'x-taxii-date-added-first');
}

export function lastOf(answer: Answer): string {
  return headerOf(answer, 'x-taxii-date-added-last');
}

function headerOf({ headers }: Answer, name: string): string {
  const value = headers[name];
  assert.equal(typeof value, 'string', `${name} is missing`);
  return String(value);
}
