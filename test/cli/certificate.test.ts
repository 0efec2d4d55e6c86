import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { listOf, makePlace, readDocument, runPollwatch, type Place } from './run-pollwatch.ts';

describe('user add --certificate', () => {
  let place: Place;
  const add = (name: string, subject: string): string[] => {
    const who = ['user', 'add', name, '--org', 'dhs', '--role', 'partner'];
    return [...who, '--certificate', subject];
  };

  before(async () => {
    place = await makePlace();
    await readDocument(place.env, ['org', 'add', 'dhs', '--name', 'DHS', '--audience', 'federal']);
  });
  after(() => place.remove());

  test('takes the subject letter for letter as OpenSSL prints it, and shows it like that', async () => {
    const subjects = ['CN=Jos\\C3\\A9\\, Jr.,O=DHS', 'CN=\\ '];
    for (const [at, subject] of subjects.entries()) {
      const added = await readDocument(place.env, add(`user-${at}`, subject));
      assert.equal(added['certificate'], subject);
    }
    const users = listOf(await readDocument(place.env, ['user', 'list']), 'users');
    assert.deepEqual(
      users.map(({ certificate }) => certificate),
      subjects,
    );
  });

  test('refuses a subject that no certificate would be compared as, and says how to print it', async () => {
    for (const subject of [
      'CN = bob',
      '/O=DHS/CN=bob',
      'O=DHS, CN=bob',
      'CN=José',
      'bob',
      'subject=CN=bob',
      '',
    ]) {
      const ended = await runPollwatch(place.env, add('bob', subject));
      assert.equal(ended.exitCode, 2, subject);
      assert.equal(ended.stdout, '');
      assert.match(ended.stderr, /openssl x509 -noout -subject -nameopt RFC2253 -in client\.pem/);
    }
    const long = await runPollwatch(place.env, add('bob', `CN=${'b'.repeat(1022)}`));
    assert.equal(long.exitCode, 2);
    assert.equal((await runPollwatch(place.env, add('bob', `CN=${'b'.repeat(1021)}`))).exitCode, 0);
  });
});
