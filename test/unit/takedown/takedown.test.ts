import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { JsonObject } from '../../../server/domain/held.ts';
import { isJsonObject, memberOf } from '../../../server/stix/json.ts';
import { readList } from '../../../server/takedown/columns.ts';
import { readRows } from '../../../server/takedown/csv.ts';
import { INCIDENT_TAKEDOWN, USER_ACCOUNT_PLATFORM } from '../../../server/stix/extension-ids.ts';
import { canonicalJson } from '../../../server/stix/values/canonical-json.ts';
import { observableIdOf } from '../../../server/stix/values/observable-id.ts';
import type { Made } from '../../../server/takedown/makers.ts';
import {
  makeTakedown,
  type MissingTerms,
  type Takedown,
  type TakedownTerms,
} from '../../../server/takedown/takedown.ts';
import { readRandomRuns } from '../../support/random-runs.ts';
import { VALIDATOR } from '../../support/stix-validator.ts';

const FIXTURES = join(import.meta.dirname, '..', '..', 'fixtures', 'takedown');
const OPERATION = readFileSync(join(FIXTURES, 'operation.csv'), 'utf8');
const TYPED = readFileSync(join(FIXTURES, 'typed.csv'), 'utf8');
const DHS = { id: 'dhs', name: 'DHS', identity: 'identity--2fa96384-ca36-41d1-bc5c-7a5eaba4d654' };
const TERMS: TakedownTerms = {
  name: 'Example Operation',
  actedOn: '2018-08-21',
  platform: 'facebook',
  importer: DHS,
  parties: [DHS],
};

function attempt(text: string, terms: Partial<TakedownTerms> = {}): Takedown | MissingTerms {
  return makeTakedown(readList(readRows(text)), { ...TERMS, ...terms });
}

function importList(text: string, terms: Partial<TakedownTerms> = {}): Takedown {
  const made = attempt(text, terms);
  assert.ok('objects' in made);
  return made;
}

function typed(text: string): string {
  return `indicator_type,indicator_value,comment,ds\n${text}`;
}

function ofType({ objects }: Takedown, type: string): readonly Made[] {
  return objects.filter((object) => object['type'] === type);
}

function only(takedown: Takedown, type: string): Made {
  const [object, ...more] = ofType(takedown, type);
  assert.ok(object && more.length === 0, `${more.length + 1} of ${type}`);
  return object;
}

function textOf(object: JsonObject, name: string): string {
  const text = object[name];
  return typeof text === 'string' ? text : '';
}

function extensionOf(object: JsonObject, id: string): JsonObject {
  const extensions = object['extensions'];
  assert.ok(isJsonObject(extensions));
  const extension = memberOf(extensions, id);
  assert.ok(isJsonObject(extension));
  return extension;
}

const toTexts = ({ objects }: Takedown): readonly string[] => objects.map(canonicalJson).sort();

describe('what a takedown list makes', () => {
  test('every row is understood, used as text, blank or not understood with its line and a reason', () => {
    const { rows } = importList(OPERATION);
    const linesOf = (kind: string): readonly number[] =>
      rows.filter((row) => row.kind === kind).map(({ line }) => line);
    assert.equal(rows.length, 26);
    assert.deepEqual(linesOf('blank'), [16]);
    assert.deepEqual(linesOf('text'), [17]);
    assert.deepEqual(linesOf('not-understood'), [25, 26, 27, 28, 29]);
    assert.equal(linesOf('understood').length, 19);
    for (const row of rows) assert.equal(row.refused !== undefined, row.kind === 'not-understood');
    const refused = rows.find(({ line }) => line === 28);
    assert.deepEqual(refused?.refused?.text, 'facebook[.]com');
    for (const { kind, objects } of rows)
      assert.equal(objects.length > 0, kind === 'understood' || kind === 'text');
  });

  test('all objects are valid, and every reference leads to another one of them', () => {
    for (const text of [OPERATION, TYPED]) {
      const { objects } = importList(text);
      const ids = new Set(objects.map(({ id }) => id));
      assert.equal(ids.size, objects.length);
      for (const object of objects) {
        assert.deepEqual(VALIDATOR.check(object).faults, [], object.id);
        for (const name of ['source_ref', 'target_ref', 'object_refs']) {
          for (const id of [object[name] ?? []].flat()) assert.ok(typeof id === 'string' && ids.has(id));
        }
      }
    }
  });

  test('the incident has the stated numbers, with their qualifiers', () => {
    const incident = only(importList(OPERATION), 'incident');
    assert.equal(incident['name'], 'Example Operation');
    assert.deepEqual(extensionOf(incident, INCIDENT_TAKEDOWN), {
      extension_type: 'property-extension',
      action: 'removal',
      acted_on: '2018-08-21T00:00:00Z',
      acted_by_ref: only(importList(OPERATION), 'identity').id,
      assets: [
        { platform: 'instagram', asset_type: 'account', count: 1, qualifier: 'exact' },
        { platform: 'facebook', asset_type: 'account', count: 1204, qualifier: 'exact' },
        { platform: 'facebook', asset_type: 'group', count: 3, qualifier: 'about' },
        { platform: 'facebook', asset_type: 'page', count: 8, qualifier: 'exact' },
      ],
      reach: [
        { platform: 'facebook', asset_type: 'page', relation: 'followed', count: 93_000, qualifier: 'about' },
      ],
      ads: { spend: 1650, spend_qualifier: 'about', currency: 'USD', paid_in: ['EUR', 'USD'] },
    });
  });

  test('a list that states no numbers has what it names on the platforms of who acted counted, and says so', () => {
    const incident = only(importList(TYPED, { platform: 'telegram' }), 'incident');
    assert.match(textOf(incident, 'description'), /states no numbers of assets on platforms of Telegram/);
    assert.deepEqual(extensionOf(incident, INCIDENT_TAKEDOWN)['assets'], [
      { platform: 'telegram', asset_type: 'account', count: 1, qualifier: 'exact' },
    ]);
  });

  test('a list without anything on the platforms of who acted has what it names counted, and says who did not remove it', () => {
    const incident = only(importList(TYPED), 'incident');
    assert.match(textOf(incident, 'description'), /names elsewhere, which Facebook did not remove/);
    assert.deepEqual(extensionOf(incident, INCIDENT_TAKEDOWN)['assets'], [
      { platform: 'telegram', asset_type: 'account', count: 1, qualifier: 'exact' },
      { platform: 'twitter', asset_type: 'account', count: 1, qualifier: 'exact' },
      { platform: 'dns', asset_type: 'domain', count: 1, qualifier: 'exact' },
    ]);
  });

  test('numbers of assets that stand with others are no assets of the incident, and stay as words', () => {
    const takedown = importList(
      'Procedure,Indicator\n0.9.1 Acquiring Facebook assets,8 Pages\n0.9.4 Acquiring Twitter accounts,300 accounts\n',
    );
    const incident = only(takedown, 'incident');
    assert.doesNotMatch(textOf(incident, 'description'), /did not remove/);
    assert.deepEqual(extensionOf(incident, INCIDENT_TAKEDOWN)['assets'], [
      { platform: 'facebook', asset_type: 'page', count: 8, qualifier: 'exact' },
    ]);
    assert.equal(only(takedown, 'note')['content'], '300 accounts');
  });

  test('a list of words alone still has its incident, which has nothing to count', () => {
    const incident = only(importList('Procedure,Indicator\n1.2.2 Posing,As a desk\n'), 'incident');
    assert.equal(incident['extensions'], undefined);
  });

  test('what a list names is counted by what it is', () => {
    const takedown = importList(typed('domain,a.example,,\ndomain,b.example,,\ndomain,a.example,,\n'));
    assert.deepEqual(extensionOf(only(takedown, 'incident'), INCIDENT_TAKEDOWN)['assets'], [
      { platform: 'dns', asset_type: 'domain', count: 2, qualifier: 'exact' },
    ]);
  });

  test('an indicator is valid from the day that the list gives it, else from the takedown', () => {
    const takedown = importList(typed('domain,a.example,,2017-09-27\ndomain,b.example,,\n'));
    assert.deepEqual(
      ofType(takedown, 'indicator').map((each) => each['valid_from']),
      ['2017-09-27T00:00:00.000Z', '2018-08-21T00:00:00.000Z'],
    );
    const twice = importList(typed('domain,a.example,,2017-09-28\ndomain,a.example,,2017-09-27\n'));
    assert.equal(only(twice, 'indicator')['valid_from'], '2017-09-27T00:00:00.000Z');
  });

  test('rows that name one thing make one indicator, with what each of them says', () => {
    const rows = [
      '0.6.2 Acquiring domains,a[.]example,Bought in May',
      '1.4.1 Running a site,a[.]example,',
      '2.1.1 Searching,a[.]example,Bought in May',
      '0.6.2 Acquiring domains,a[.]example,Lapsed in June',
    ];
    const read = (lines: readonly string[]): Takedown =>
      importList(`Procedure,Indicator,Comments\n${lines.join('\n')}\n`);
    const indicator = only(read(rows), 'indicator');
    assert.equal(
      indicator['description'],
      '0.6.2 Acquiring domains\nBought in May\n\n0.6.2 Acquiring domains\nLapsed in June\n\n2.1.1 Searching\nBought in May',
    );
    assert.deepEqual(indicator['kill_chain_phases'], [
      { kill_chain_name: 'meta-online-operations', phase_name: 'acquiring-assets' },
      { kill_chain_name: 'meta-online-operations', phase_name: 'gathering-information' },
    ]);
    assert.deepEqual(toTexts(read(rows)), toTexts(read(rows.toReversed())));
    assert.equal(only(read(rows.slice(0, 1)), 'indicator').id, indicator.id);
  });

  test('the description of an indicator is bounded, however many rows name it', () => {
    const rows = Array.from(
      { length: 50 },
      (_, index) => `domain,a.example,${String(index)}${'x'.repeat(1000)},`,
    );
    const description = textOf(only(importList(typed(rows.join('\n'))), 'indicator'), 'description');
    assert.match(description, /\n\nAnd 31 more in the list\.$/);
    assert.ok(description.length < 21_000);
  });

  test('times are the day of the takedown, and the author is the organisation', () => {
    for (const object of importList(OPERATION).objects) {
      if (object['created'] === undefined || object['type'] === 'identity') continue;
      assert.equal(object['created'], '2018-08-21T00:00:00.000Z');
      assert.equal(object['modified'], '2018-08-21T00:00:00.000Z');
      assert.equal(object['created_by_ref'], DHS.identity);
    }
  });

  test('an account has its platform, and only those that the acting company could remove are removed', () => {
    const accounts = ofType(importList(OPERATION), 'user-account');
    const facts = accounts.map((account) => {
      const { asset_type, authenticity, status } = extensionOf(account, USER_ACCOUNT_PLATFORM);
      return [account['account_type'], account['account_login'], asset_type, authenticity, status];
    });
    assert.deepEqual(facts, [
      ['twitter', 'pollwatch_test_invented_1', 'account', 'inauthentic', undefined],
      ['twitter', 'pollwatch_test_invented_2', 'account', 'inauthentic', undefined],
      ['twitter', 'pollwatch_test_invented_3', 'account', 'inauthentic', undefined],
      ['facebook', 'pollwatch.test.invented', 'account', 'inauthentic', 'removed'],
    ]);
  });

  test('patterns find the account by its login and its address, with quotes and backslashes escaped', () => {
    const patterns = ofType(importList(OPERATION), 'indicator').map((each) => each['pattern']);
    assert.ok(patterns.includes("[domain-name:value = 'news-desk.example']"));
    assert.ok(
      patterns.includes(
        "[user-account:account_login = 'pollwatch_test_invented_1' AND user-account:account_type = 'twitter'] OR [url:value = 'https://twitter.com/pollwatch_test_invented_1']",
      ),
    );
    const [quoted] = ofType(importList(typed("url,https://example.org/it's,,")), 'indicator');
    assert.equal(quoted?.['pattern'], "[url:value = 'https://example.org/it\\'s']");
  });

  test('what the operation attacked or used is named, and nobody is told to look out for it', () => {
    const takedown = importList(OPERATION);
    const named = ofType(takedown, 'domain-name').map((each) => each['value']);
    const patterns = ofType(takedown, 'indicator').map((each) => textOf(each, 'pattern'));
    for (const domain of ['victim.example', 'registrar.example']) {
      assert.ok(named.includes(domain));
      assert.ok(!patterns.some((pattern) => pattern.includes(domain)));
    }
    // The operation wrote a comment on this page of somebody else.
    assert.ok(!patterns.some((pattern) => pattern.includes('paper.example')));
  });

  test('a procedure is an attack-pattern by its number and phase, once in a list', () => {
    const patterns = ofType(importList(OPERATION), 'attack-pattern');
    const domains = patterns.filter(
      ({ name }) => name === 'Acquiring domains to support influence operations',
    );
    assert.equal(domains.length, 1);
    assert.deepEqual(domains[0]?.['external_references'], [
      { source_name: 'meta-online-operations', external_id: '0.6.2' },
    ]);
    assert.deepEqual(domains[0]['kill_chain_phases'], [
      { kill_chain_name: 'meta-online-operations', phase_name: 'acquiring-assets' },
    ]);
  });

  test('words about a procedure are a note on it, as they were written', () => {
    const [note] = ofType(importList(OPERATION), 'note').filter((each) =>
      textOf(each, 'abstract').startsWith('1.2.2'),
    );
    assert.equal(note?.['content'], 'Posing as the "Invented Desk"');
    assert.equal(note['abstract'], '1.2.2 Posing as fictional journalist');
  });
});

describe('ids of a takedown list', () => {
  test('an observable has the id that everybody gives it (STIX 2.1, 2.9)', () => {
    // Made with the uuid module of Python, in the namespace of the specification.
    const cases: readonly (readonly [string, JsonObject, string])[] = [
      ['domain-name', { value: 'news.example.org' }, '02ed38be-3858-5100-bc22-e2466c4f1d97'],
      ['url', { value: 'https://example.org/path?q=1' }, 'e4c76b09-de3b-5137-a91b-d211b16ecbce'],
      ['email-addr', { value: 'desk@example.org' }, 'c2402c6b-722e-5634-9aee-053f6797115c'],
      [
        'user-account',
        { user_id: '1', account_type: 'twitter', account_login: 'Élan “x”' },
        '96065d13-c384-5874-a982-2a45cb8837e0',
      ],
      [
        'file',
        { hashes: { MD5: 'd41d8cd98f00b204e9800998ecf8427e' } },
        '02fff920-f614-527c-81d1-6353633a6d21',
      ],
    ];
    for (const [type, contributing, uuid] of cases)
      assert.equal(observableIdOf(type, contributing), `${type}--${uuid}`);
    const [account] = ofType(importList(OPERATION), 'user-account');
    assert.equal(account?.id, 'user-account--dce6934e-a38e-5e90-aacd-b8eec7836964');
  });

  test('everything else has an id from the organisation, the name and the row', () => {
    // Those of Python's uuid module, with the 4 in place of the 5.
    assert.equal(
      only(importList(OPERATION), 'campaign').id,
      'campaign--e4d153ca-e8ee-4410-a66a-f45fcb16c665',
    );
    const others: readonly Partial<TakedownTerms>[] = [
      { name: 'Another Operation' },
      { importer: { id: 'fbi', name: 'FBI' } },
    ];
    const ids = new Set(
      importList(OPERATION)
        .objects.filter(({ created, type }) => created !== undefined && type !== 'identity')
        .map(({ id }) => id),
    );
    for (const terms of others) {
      for (const { id } of importList(OPERATION, terms).objects) assert.ok(!ids.has(id), id);
    }
    const corrected = importList(OPERATION, { actedOn: '2018-08-22' }).objects.map(({ id }) => id);
    assert.deepEqual(
      [...ids].filter((id) => !corrected.includes(id)),
      [],
    );
  });

  test('the order of the rows makes no difference to any object', (t) => {
    const [head = '', ...lines] = TYPED.trimEnd().split('\n');
    const wanted = toTexts(importList(TYPED));
    const property = fc.property(fc.shuffledSubarray(lines, { minLength: lines.length }), (shuffled) => {
      assert.deepEqual(toTexts(importList([head, ...shuffled].join('\n'))), wanted);
    });
    fc.assert(property, readRandomRuns(t));
  });

  test('rows that are added leave the objects of the others as they were, up to the numbers of the incident', () => {
    const before = importList(TYPED);
    const after = importList(`${TYPED}domain_name,another.example,,2022-09-27\n`);
    const texts = new Set(toTexts(after));
    for (const object of before.objects) {
      if (object['type'] !== 'incident') assert.ok(texts.has(canonicalJson(object)), object.id);
    }
    assert.equal(only(after, 'incident').id, only(before, 'incident').id);
  });

  test('equal rows make one object', () => {
    const row = 'domain_name,news.example,,2022-09-27\n';
    assert.deepEqual(toTexts(importList(typed(row + row))), toTexts(importList(typed(row))));
    assert.deepEqual(
      importList(typed(row + row)).rows.map(({ kind }) => kind),
      ['understood', 'understood'],
    );
  });

  test('one account under two addresses is one observable, whichever comes first', () => {
    const one = 'url,https://x.com/pollwatch_test_invented_1,,\n';
    const other = 'url,https://twitter.com/pollwatch_test_invented_1,,\n';
    assert.equal(ofType(importList(typed(one + other)), 'user-account').length, 1);
    assert.deepEqual(toTexts(importList(typed(one + other))), toTexts(importList(typed(other + one))));
  });
});

describe('what a list does not say', () => {
  test('a name is always asked for', () => {
    assert.deepEqual(attempt(OPERATION, { name: undefined }), { missing: [{ term: 'name' }] });
  });

  test('everything that is missing is asked for at once, with the date that all rows have', () => {
    const nothing = { name: undefined, actedOn: undefined, platform: undefined, importer: undefined };
    assert.deepEqual(attempt(TYPED, nothing), {
      missing: [
        { term: 'importer' },
        { term: 'actedOn', date: '2022-09-27' },
        { term: 'name' },
        { term: 'actor' },
      ],
    });
    for (const other of ['domain_name,a.example,,2022-09-28', 'domain_name,a.example,,']) {
      const asked = attempt(`${TYPED}${other}\n`, { actedOn: undefined });
      assert.deepEqual(asked, { missing: [{ term: 'actedOn' }] });
    }
    assert.deepEqual(attempt(`${TYPED},,,\n`, { actedOn: undefined }), {
      missing: [{ term: 'actedOn', date: '2022-09-27' }],
    });
    assert.deepEqual(attempt(typed('domain,a.example,,soon\n'), { actedOn: undefined }), {
      missing: [{ term: 'actedOn' }],
    });
  });

  test('a platform is asked for by the first row that names none', () => {
    const rows =
      'Procedure,Indicator\n0.6.2 Acquiring domains,a[.]example\n0.9.9 Acquiring accounts,8 Pages\n';
    assert.deepEqual(attempt(rows, { platform: undefined }), { missing: [{ term: 'platform', line: 3 }] });
    assert.ok('objects' in attempt(OPERATION, { platform: undefined }));
  });

  test('who acted is asked for where no platform counts its own assets', () => {
    assert.deepEqual(attempt(TYPED, { platform: undefined }), { missing: [{ term: 'actor' }] });
    const facebook = {
      id: 'facebook',
      name: 'Facebook',
      identity: 'identity--68e6644c-38dd-47e2-a153-e516518e31c6',
    };
    const own = importList(TYPED, { platform: undefined, importer: facebook });
    assert.equal(own.actor.identity, facebook.identity);
  });

  test('who acted is the organisation that is registered for the platform or its company, else a new identity', () => {
    const facebook = {
      id: 'facebook',
      name: 'Facebook',
      identity: 'identity--68e6644c-38dd-47e2-a153-e516518e31c6',
    };
    for (const platform of ['facebook', 'instagram']) {
      assert.equal(
        importList(OPERATION, { platform, parties: [DHS, facebook] }).actor.identity,
        facebook.identity,
      );
    }
    const made = importList(OPERATION, { platform: 'telegram' });
    assert.equal(only(made, 'identity')['name'], 'Telegram');
    assert.equal(only(made, 'identity').id, made.actor.identity);
  });

  test('an organisation without an identity gets one that stays the same', () => {
    const importer = { id: 'fbi', name: 'FBI' };
    const [first, second] = ['One', 'Two'].map((name) => importList(OPERATION, { importer, name }));
    assert.ok(first && second);
    const own = ofType(first, 'identity').find(({ name }) => name === 'FBI');
    assert.deepEqual(
      own,
      ofType(second, 'identity').find(({ name }) => name === 'FBI'),
    );
    assert.equal(only(first, 'campaign')['created_by_ref'], own?.id);
  });
});
