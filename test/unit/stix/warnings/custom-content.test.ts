import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject, JsonValue } from '../../../../server/domain/held.ts';
import { assertSilent, assertWarns, observable, requireWarning, versioned, warn } from './warned.ts';

const DEFINITION = 'extension-definition--7c575100-88ab-4f5c-9d0e-3b1a0f4c2d10';
const TAKEDOWN = 'extension-definition--41f5a6c8-772c-4780-9ba6-12463b2ee484';
const PLATFORM = 'extension-definition--f031b85e-6afa-46a4-9612-3b6c98be1d80';
const AUDIENCE = 'extension-definition--a42d973d-95ae-4fca-9286-68a5bff41da2';
const NARRATIVE = 'extension-definition--ac67ddd4-4012-4655-9f28-fcc32d6936f9';

describe('warnings about custom content', () => {
  test('warns of a property that the type does not have (401)', () => {
    assertWarns(campaign({ first_sen: '2018-08-21T18:00:00Z' }), '401 /first_sen');
    assertSilent(campaign({ first_seen: '2018-08-21T18:00:00Z' }));
  });

  test('names the property that was probably meant (401)', () => {
    assert.equal(
      messageOf(campaign({ first_sen: 'a' })),
      'is no property of Campaign (was "first_seen" meant?)',
    );
    assert.equal(
      messageOf(campaign({ 'first-seen': 'a' })),
      'is no property of Campaign (was "first_seen" meant?)',
    );
    assert.doesNotMatch(messageOf(campaign({ aliases: ['a'], aliasses: ['b'] })), /meant/);
  });

  test('lets properties with x_ pass with a warning each (401)', () => {
    const object = campaign({ x_mitre_version: '1.0', x_mitre_domains: ['a'], x_objective: 'b' });
    assertWarns(object, '401 /x_mitre_version', '401 /x_mitre_domains', '401 /x_objective');
    for (const { message } of warn(object).warnings) assert.doesNotMatch(message, /meant/);
  });

  test('lets an extension of the kind toplevel-property-extension add properties (401)', () => {
    const extensions = { [DEFINITION]: { extension_type: 'toplevel-property-extension' } };
    assertSilent(campaign({ extensions, verdict: 'a' }));
    const nested = { [DEFINITION]: { extension_type: 'property-extension', verdict: 'a' } };
    assertSilent(campaign({ extensions: nested }));
    assertWarns(campaign({ extensions: nested, verdict: 'a' }), '401 /verdict');
  });

  test('looks into the parts of an object (401)', () => {
    const reference = { source_name: 'a', description: 'b', titel: 'c' };
    assertWarns(campaign({ external_references: [reference] }), '401 /external_references/0/titel');
    assertWarns(
      observable('file', { name: 'a', extensions: { 'ntfs-ext': { sid: 'a', owner: 'b' } } }),
      '401 /extensions/ntfs-ext/owner',
    );
  });

  test('takes what a version of an object has for no property of an observable (401)', () => {
    assertWarns(
      observable('url', {
        value: 'https://example.com/',
        created: '2018-08-21T18:00:00.000Z',
        labels: ['a'],
      }),
      '401 /created',
      '401 /labels',
    );
  });

  test('warns of a common property that does not apply to the type (401)', () => {
    const content = {
      object_ref: DEFINITION.replace('extension-definition', 'campaign'),
      contents: { es: { name: 'a' } },
    };
    assertSilent(versioned('language-content', content));
    assertWarns(versioned('language-content', { ...content, lang: 'en' }), '401 /lang');
    assertWarns(versioned('extension-definition', { description: 'a', confidence: 1 }), '401 /confidence');
    assertWarns(
      versioned('marking-definition', { definition_type: 'statement', lang: 'en' }),
      '401 /lang',
      '401 /modified',
    );
  });

  test('warns of a type that STIX does not have (401)', () => {
    assertWarns(versioned('x-post', { name: 'a' }), '401 /type');
    assert.match(
      messageOf(versioned('campain', { name: 'a' })),
      /^is no type of STIX \(was "campaign" meant\?\)$/,
    );
  });

  test('lets an extension of the kinds new-sdo, new-sco and new-sro add a type (401)', () => {
    for (const kind of ['new-sdo', 'new-sco', 'new-sro']) {
      assertSilent(
        versioned('x-post', { name: 'a', extensions: { [DEFINITION]: { extension_type: kind } } }),
      );
    }
    const other = { [DEFINITION]: { extension_type: 'property-extension', verdict: 1 } };
    assertWarns(versioned('x-post', { extensions: other }), '401 /type');
  });

  test('says which extension a type of ours comes with (401)', () => {
    const narrative = versioned('narrative', { name: 'a' });
    assertWarns(narrative, '401 /type');
    assert.match(messageOf(narrative), new RegExp(`^comes with the extension ${NARRATIVE} `));
    const extensions = { [NARRATIVE]: { extension_type: 'new-sdo' } };
    assertSilent(versioned('narrative', { name: 'a', extensions }));
    assertWarns(versioned('narrative', { name: 'a', extensions, theme: ['b'] }), '401 /theme');
  });

  test('warns of an extension that is neither predefined for the type nor defined (401)', () => {
    const file = (name: string) =>
      observable('file', { name: 'a', extensions: { [name]: { version: '1' } } });
    assertWarns(file('x-scan-ext'), '401 /extensions/x-scan-ext');
    assertWarns(
      file('unix-account-ext'),
      '401 /extensions/unix-account-ext',
      '401 /extensions/unix-account-ext/version',
    );
    assert.match(messageOf(file('pdff-ext')), / \(was "pdf-ext" meant\?\)$/);
    assertSilent(file('pdf-ext'));
  });

  test('warns of one of our extensions where it has no effect (extension-without-effect)', () => {
    const on = (type: string, id: string) =>
      versioned(type, { name: 'a', extensions: { [id]: { extension_type: 'property-extension' } } });
    for (const id of [TAKEDOWN, PLATFORM, AUDIENCE, NARRATIVE]) {
      assertWarns(on('campaign', id), `extension-without-effect /extensions/${id}`);
    }
    assertSilent(on('incident', TAKEDOWN));
    const { message } = requireWarning(on('campaign', AUDIENCE), 'extension-without-effect');
    assert.equal(message, 'marking-audience says something about marking-definition, nothing about campaign');
  });

  test('warns of types and properties of a pattern that STIX does not have (pattern-names)', () => {
    assertSilent(indicator("[ipv4-addr:value = '192.0.2.1' AND file:hashes.'SHA-256' = 'a']"));
    const [type, property] = warn(
      indicator("[ipv4-adr:value = '192.0.2.1'] OR [file:nme = 'a' OR file:nme = 'b']"),
    ).warnings;
    assert.equal(type?.message, 'names ipv4-adr, which is no observable of STIX (was "ipv4-addr" meant?)');
    assert.equal(property?.message, 'names file:nme, which STIX does not have (was "name" meant?)');
    assertWarns(
      indicator("[campaign:name = 'a'] AND [url:path = 'b' OR url:path = 'c']"),
      'pattern-names /pattern',
      'pattern-names /pattern',
    );
  });

  test('lets a pattern name what begins with x- or x_ (pattern-names)', () => {
    assertSilent(indicator("[x-post:text = 'a'] AND [url:x_path = 'b']"));
  });

  test('looks into no pattern of another language, and none that is wrong (pattern-names)', () => {
    assertSilent({ ...indicator("[ipv4-adr:value = 'a']"), pattern_type: 'sigma' });
    assertSilent(indicator('[ipv4-adr:value = '));
  });
});

function campaign(properties: Readonly<Record<string, JsonValue>>): JsonObject {
  return versioned('campaign', { name: 'A', ...properties });
}

function indicator(pattern: string): JsonObject {
  return versioned('indicator', {
    name: 'A',
    description: 'B',
    pattern,
    pattern_type: 'stix',
    valid_from: '2018-08-21T18:00:00Z',
  });
}

function messageOf(object: JsonObject): string {
  return requireWarning(object, 401).message;
}
