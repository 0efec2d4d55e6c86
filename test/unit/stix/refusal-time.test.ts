import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { asPostedOutcome, checkEnvelope } from '../../support/checked-outcome.ts';
import { bestOf, bestOfAsync, timeOf, timeOfAsync } from '../../support/processor-time.ts';
import { VALIDATOR } from '../../support/stix-validator.ts';

const MEGABYTE = 1_000_000;
const ALLOWED_MS = 200;
const UUID = '7b1f2a52-0f1c-4d83-9c1e-3a5f0e1b2c3d';
const TIMES = '"created":"2018-08-21T18:00:00.000Z","modified":"2018-08-21T18:00:00.000Z"';

function fill(part: string): string {
  return part.repeat(Math.ceil(MEGABYTE / part.length));
}

/** A list of about a megabyte. */
function list(item: string): string {
  return `[${fill(`${item},`)}${item}]`;
}

function campaign(members: string): string {
  return `{"type":"campaign","spec_version":"2.1","id":"campaign--${UUID}",${TIMES},"name":"x",${members}}`;
}

function indicator(pattern: string): string {
  const members = `"pattern_type":"stix","valid_from":"2018-08-21T18:00:00Z","pattern":${JSON.stringify(pattern)}`;
  return `{"type":"indicator","spec_version":"2.1","id":"indicator--${UUID}",${TIMES},${members}}`;
}

function granular(selector: string): string {
  return campaign(`"granular_markings":[{"lang":"en","selectors":${list(JSON.stringify(selector))}}]`);
}

function names(count: number, name: (index: number) => string, value: string): string {
  return campaign(Array.from({ length: count }, (_, index) => `"${name(index)}":${value}`).join());
}

const HEAPS: Readonly<Record<string, string>> = {
  'a long type': `{"type":"${fill('a')}","id":"x"}`,
  'a long type with a fault at its end': `{"type":"${fill('a-')}!","id":"x"}`,
  'a long id': campaign(`"created_by_ref":"${fill('a')}--${UUID}"`),
  'a long time': campaign(`"first_seen":"2018-08-21T18:00:00.${fill('0')}Z"`),
  'a long language': campaign(`"lang":"${fill('en-')}!"`),
  'a long language of subtags': campaign(`"lang":"en${fill('-a-bcdefgh')}"`),
  'a long URI': campaign(`"external_references":[{"source_name":"x","url":"https://${fill('a.')} "}]`),
  'a long selector': granular(fill('labels.')),
  'many selectors of nothing': granular('labels.[0].[0].[0].[0]'),
  'many selectors with a hundred steps': granular(`name${'.name'.repeat(98)}`),
  'texts that are numbers': campaign(`"labels":${list('0')}`),
  'empty lists': campaign(`"labels":${list('[]')}`),
  'nulls in a custom list': campaign(`"x_list":${list('null')}`),
  'nulls in custom objects': campaign(`"x_list":${list('{"a":null}')}`),
  'references without anything': campaign(`"external_references":${list('{}')}`),
  'references to a CVE': campaign(`"external_references":${list('{"source_name":"cve"}')}`),
  '10,000 faults': campaign(`"labels":[${'1,'.repeat(9999)}1]`),
  'names that may not be': names(80_000, (index) => `X${index}`, '1'),
  'names of nulls': names(80_000, (index) => `x_${index}`, 'null'),
  'names that are nearly known': names(60_000, (index) => `descriptio${index}`, 'null'),
  'extensions that are none': campaign(
    `"extensions":{${Array.from({ length: 40_000 }, (_, index) => `"x-${index}-ext":{}`).join()}}`,
  ),
  'faults below a very long name': `{"type":"file","id":"file--${UUID}","name":"x","extensions":{"${'k'.repeat(400_000)}":{${Array.from({ length: 30_000 }, (_, index) => `"A${index}":1`).join()}}}}`,
  'faults below ninety long names': campaign(
    `${Array.from({ length: 90 }, (_, index) => `"x_${'n'.repeat(240)}${index}":{`).join('')}"x":[${'null,'.repeat(20_000)}null]${'}'.repeat(90)}`,
  ),
  'languages below a very long name': `{"type":"language-content","spec_version":"2.1","id":"language-content--${UUID}",${TIMES},"object_ref":"campaign--${UUID}","contents":{"${'k'.repeat(400_000)}":{${Array.from({ length: 30_000 }, (_, index) => `"a${index}":1`).join()}}}}`,
  'a pattern of 10,000 brackets': indicator('['.repeat(10_000)),
  'a pattern of a million brackets': indicator(fill('(')),
  'a pattern of quotes': indicator(fill("'")),
  'a pattern of terms': indicator(`[a:b=1${fill(' OR a:b=1')}]`),
  'a long base64': `{"type":"artifact","id":"artifact--${UUID}","payload_bin":"${fill('AAAA')}!"}`,
  'a long base64 that is right': `{"type":"artifact","id":"artifact--${UUID}","payload_bin":"${fill('AAAA')}","x":1}`,
  'a long hexadecimal text': `{"type":"file","id":"file--${UUID}","name":"x","magic_number_hex":"${fill('aa')}!"}`,
  'a long CPE': `{"type":"software","id":"software--${UUID}","name":"x","cpe":"cpe:2.3:a:${fill('\\\\:')}"}`,
  'a long address': `{"type":"email-addr","id":"email-addr--${UUID}","value":"${fill('a.')}@"}`,
  'a long domain': `{"type":"domain-name","id":"domain-name--${UUID}","value":"${fill('a-')}!"}`,
  'observed objects that are none': `{"type":"observed-data","spec_version":"2.1","id":"observed-data--${UUID}",${TIMES},"first_observed":"2018-08-21T18:00:00Z","last_observed":"2018-08-21T18:00:00Z","number_observed":1,"objects":{${Array.from({ length: 20_000 }, (_, index) => `"${index}":{"type":"ipv4-addr"}`).join()}}}`,
};

before(() => VALIDATOR.prepare(new AbortController().signal));

for (const [name, text] of Object.entries(HEAPS)) {
  test(`a megabyte of this is refused in less than 200 ms of the processor: ${name}`, () => {
    const best = bestOf(ALLOWED_MS, () => timeOf(() => asPostedOutcome(text)));
    assert.ok(best < ALLOWED_MS, `${best.toFixed(0)} ms`);
  });
}

for (const object of [
  '{}',
  '1',
  '{"type":"campaign"}',
  '{"type":"campaingn"}',
  '{"type":"x-foo"}',
  campaign('"labels":[1,1,1]'),
]) {
  test(`a megabyte of objects like ${object.slice(0, 30)} is refused in less than 200 ms, as far as so many are taken`, async () => {
    const count = Math.min(50_000, Math.ceil(MEGABYTE / (object.length + 1)));
    const body = Buffer.from(`{"objects":[${`${object},`.repeat(count - 1)}${object}]}`);
    const best = await bestOfAsync(ALLOWED_MS, () => timeOfAsync(() => checkEnvelope(body)));
    assert.ok(best < ALLOWED_MS, `${count} objects: ${best.toFixed(0)} ms`);
  });
}

test('of 10,000 faults in one object the first 20 are told, and their number', () => {
  const message = asPostedOutcome(HEAPS['10,000 faults'] ?? '');
  assert.equal(message.split('; ').length, 21);
  assert.match(message, /^\/labels\/0: expected a text, found 1; /);
  assert.match(message, /; 10000 faults in all$/);
});
