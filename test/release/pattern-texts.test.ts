import assert from 'node:assert/strict';
import { test } from 'node:test';
import { marked, MARKINGS, versioned } from '../support/marked-objects.ts';
import { startTestHub } from '../support/test-hub.ts';

const HIDDEN = "O'Brien\\desk";

/** An indicator whose name is for federal agencies alone. */
function indicator(n: number, pattern: string): object {
  return versioned('indicator', n, {
    ...marked('green', 'all'),
    name: HIDDEN,
    pattern,
    pattern_type: 'stix',
    valid_from: '2018-08-21T00:00:00Z',
    granular_markings: [{ marking_ref: MARKINGS.federal, selectors: ['name'] }],
  });
}

const inHex = Buffer.from(HIDDEN).toString('hex');
const inBase64 = Buffer.from(HIDDEN).toString('base64');

for (const [what, comparison] of [
  ['with escapes', "user-account:display_name = 'O\\'Brien\\\\desk'"],
  ['in hexadecimal digits', `file:magic_number_hex = h'${inHex}'`],
  ['in base64', `artifact:payload_bin = b'${inBase64}'`],
  ['in a regular expression', "user-account:display_name MATCHES 'O\\'Brien\\\\\\\\desk'"],
] as const) {
  test(`a hidden text that stands in a pattern ${what} puts the object on hold (release rules, 3)`, async () => {
    await using hub = await startTestHub();
    const answer = await hub.sendOne('facebook', indicator(1, `[${comparison}]`));
    assert.match(answer, /waits for state: a text that would be removed stands elsewhere/, answer);
    assert.equal(await hub.whereShown(String(Reflect.get(indicator(1, ''), 'id'))), 'federal');
  });
}

test('a hidden text that does not stand in the pattern is no reason to hold the object', async () => {
  await using hub = await startTestHub();
  const answer = await hub.sendOne('facebook', indicator(2, "[user-account:display_name = 'Somebody else']"));
  assert.doesNotMatch(answer, /stands elsewhere/);
});

for (const [what, comparison] of [
  ['as the name of a property', "x-thing:extensions.'O\\'Brien\\\\desk'.value = 1"],
  ['beside a byte that is no text', `file:magic_number_hex = h'ff${inHex}'`],
] as const) {
  test(`a hidden text that stands in a pattern ${what} puts the object on hold (release rules, 3)`, async () => {
    await using hub = await startTestHub();
    const answer = await hub.sendOne('facebook', indicator(3, `[${comparison}]`));
    assert.match(answer, /waits for state: a text that would be removed stands elsewhere/, answer);
  });
}

test('a hidden text is found with other white space between its words, and below the names id and type', async () => {
  await using hub = await startTestHub();
  for (const [index, rest] of [
    { description: 'said\u00a0Jane\n  Sourceperson there' },
    { x_author: { id: 'Jane Sourceperson' } },
    { x_author: { type: 'Jane Sourceperson' } },
  ].entries()) {
    const answer = await hub.sendOne('facebook', {
      ...campaignWithSecret(index),
      ...rest,
    });
    assert.match(answer, /waits for state: a text that would be removed stands elsewhere/, answer);
  }
});

/** A campaign one alias of which is for federal agencies alone. */
function campaignWithSecret(n: number): object {
  return versioned('campaign', 50 + n, {
    ...marked('green', 'all'),
    name: 'Operation',
    aliases: ['Jane Sourceperson'],
    granular_markings: [{ marking_ref: MARKINGS.federal, selectors: ['aliases.[0]'] }],
  });
}
