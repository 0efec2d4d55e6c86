import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject, JsonValue } from '../../../../server/domain/held.ts';
import { assertSilent, assertWarns, observable, requireWarning, versioned } from './warned.ts';

const OTHER = '7c575100-88ab-4f5c-9d0e-3b1a0f4c2d10';
const time = '2018-08-21T18:00:00Z';
const named = { name: 'A' };
const report = { ...named, published: time, object_refs: [`campaign--${OTHER}`] };
const indicator = {
  ...named,
  description: 'B',
  pattern: "[url:value = 'https://example.com/']",
  pattern_type: 'stix',
  valid_from: time,
};

describe('warnings about values that are not in their vocabulary', () => {
  test('expects a motivation of the vocabulary (211)', () => {
    const make = (primary_motivation: JsonValue) =>
      versioned('threat-actor', { ...named, primary_motivation });
    assertWarns(make('money'), '211 /primary_motivation');
    assertSilent(make('revenge'));
  });

  test('expects a resource level of the vocabulary (212)', () => {
    const make = (resource_level: JsonValue) => versioned('intrusion-set', { ...named, resource_level });
    assertWarns(make('large'), '212 /resource_level');
    assertSilent(make('government'));
  });

  test('expects the class of an identity of the vocabulary (213)', () => {
    const make = (identity_class: JsonValue) => versioned('identity', { ...named, identity_class });
    assertWarns(make('company'), '213 /identity_class');
    assertSilent(make('organization'));
  });

  test('expects a kind of indicator of the vocabulary (214)', () => {
    const make = (indicator_types: JsonValue) => versioned('indicator', { ...indicator, indicator_types });
    assertWarns(make(['benign', 'disinformation']), '214 /indicator_types/1');
    assertSilent(make(['benign', 'benign']));
  });

  test('expects a sector of the vocabulary (215)', () => {
    const make = (sectors: JsonValue) => versioned('identity', { ...named, sectors });
    assertWarns(make(['energy', 'media']), '215 /sectors/1');
    assertSilent(make(['energy', 'energy']));
  });

  test('expects a kind of malware of the vocabulary (216)', () => {
    const make = (malware_types: JsonValue) =>
      versioned('malware', { ...{ name: 'A', is_family: true }, malware_types });
    assertWarns(make(['bot', 'stealer']), '216 /malware_types/1');
    assertSilent(make(['bot', 'bot']));
  });

  test('expects a kind of report of the vocabulary (218)', () => {
    const make = (report_types: JsonValue) => versioned('report', { ...report, report_types });
    assertWarns(make(['campaign', 'briefing']), '218 /report_types/1');
    assertSilent(make(['campaign', 'campaign']));
  });

  test('expects a kind of threat actor of the vocabulary (219)', () => {
    const make = (threat_actor_types: JsonValue) =>
      versioned('threat-actor', { ...named, threat_actor_types });
    assertWarns(make(['nation-state', 'state']), '219 /threat_actor_types/1');
    assertSilent(make(['nation-state', 'nation-state']));
  });

  test('expects a role of a threat actor of the vocabulary (220)', () => {
    const make = (roles: JsonValue) => versioned('threat-actor', { ...named, roles });
    assertWarns(make(['director', 'author']), '220 /roles/1');
    assertSilent(make(['director', 'director']));
  });

  test('expects a sophistication of the vocabulary (221)', () => {
    const make = (sophistication: JsonValue) => versioned('threat-actor', { ...named, sophistication });
    assertWarns(make('high'), '221 /sophistication');
    assertSilent(make('expert'));
  });

  test('expects a kind of tool of the vocabulary (222)', () => {
    const make = (tool_types: JsonValue) => versioned('tool', { ...named, tool_types });
    assertWarns(make(['remote-access', 'scanner']), '222 /tool_types/1');
    assertSilent(make(['remote-access', 'remote-access']));
  });

  test('expects a region of the vocabulary (223)', () => {
    const make = (region: JsonValue) => versioned('location', { ...{}, region });
    assertWarns(make('north-america'), '223 /region');
    assertSilent(make('northern-america'));
  });

  test('expects the context of a grouping of the vocabulary (225)', () => {
    const make = (context: JsonValue) =>
      versioned('grouping', { ...{ object_refs: [`campaign--${OTHER}`] }, context });
    assertWarns(make('takedown'), '225 /context');
    assertSilent(make('unspecified'));
  });

  test('expects a programming language of the vocabulary (226)', () => {
    const make = (implementation_languages: JsonValue) =>
      versioned('malware', { ...{ is_family: false }, implementation_languages });
    assertWarns(make(['c++', 'rust']), '226 /implementation_languages/1');
    assertSilent(make(['c++', 'c++']));
  });

  test('expects a kind of infrastructure of the vocabulary (227)', () => {
    const make = (infrastructure_types: JsonValue) =>
      versioned('infrastructure', { ...named, infrastructure_types });
    assertWarns(make(['staging', 'advertising']), '227 /infrastructure_types/1');
    assertSilent(make(['staging', 'staging']));
  });

  test('expects a capability of malware of the vocabulary (228)', () => {
    const make = (capabilities: JsonValue) => versioned('malware', { ...{ is_family: false }, capabilities });
    assertWarns(make(['emails-spam', 'spreads']), '228 /capabilities/1');
    assertSilent(make(['emails-spam', 'emails-spam']));
  });

  test('expects a processor of the vocabulary (230)', () => {
    const make = (architecture_execution_envs: JsonValue) =>
      versioned('malware', { ...{ is_family: false }, architecture_execution_envs });
    assertWarns(make(['x86-64', 'risc-v']), '230 /architecture_execution_envs/1');
    assertSilent(make(['x86-64', 'x86-64']));
  });

  test('expects the result of an analysis of the vocabulary (231)', () => {
    const make = (result: JsonValue) =>
      versioned('malware-analysis', { ...{ product: 'some-scanner' }, result });
    assertWarns(make('clean'), '231 /result');
    assertSilent(make('benign'));
  });

  test('expects the kind of an account of the vocabulary (244)', () => {
    const make = (account_type: JsonValue) =>
      observable('user-account', { ...{ user_id: 'a' }, account_type });
    assertWarns(make('myspace'), '244 /account_type');
    assertSilent(make('twitter'));
  });

  test('expects the language of a pattern of the vocabulary (245)', () => {
    const make = (pattern_type: JsonValue) => versioned('indicator', { ...indicator, pattern_type });
    assertWarns(make('spl'), '245 /pattern_type');
    assertSilent(make('sigma'));
  });

  test('expects a hash algorithm of the vocabulary or a private one (241)', () => {
    const file = (name: string) => observable('file', { hashes: { [name]: 'ab' } });
    assertWarns(file('SHA256'), '241 /hashes/SHA256');
    assertSilent(file('SHA-256'));
    assertSilent(file('x_ours'));
  });

  test('looks at hashes wherever there are some (241)', () => {
    const reference = { source_name: 'A', url: 'https://example.com/', hashes: { SHA256: 'ab' } };
    const sections = [{ name: 'a' }, { name: 'b', hashes: { sha1: 'ab' } }];
    assertWarns(
      versioned('campaign', { ...named, external_references: [reference] }),
      '241 /external_references/0/hashes/SHA256',
    );
    assertWarns(
      observable('file', { ...named, extensions: { 'windows-pebinary-ext': { pe_type: 'exe', sections } } }),
      '241 /extensions/windows-pebinary-ext/sections/1/hashes/sha1',
    );
  });

  test('expects the kind of a Windows binary of the vocabulary (243)', () => {
    const file = (pe_type: string) =>
      observable('file', { ...named, extensions: { 'windows-pebinary-ext': { pe_type } } });
    assertWarns(file('scr'), '243 /extensions/windows-pebinary-ext/pe_type');
    assertSilent(file('dll'));
  });

  test('looks at every property that has a vocabulary (211)', () => {
    const actor = {
      primary_motivation: 'fun',
      secondary_motivations: ['fame'],
      personal_motivations: ['hate'],
    };
    assertWarns(
      versioned('threat-actor', { ...named, ...actor }),
      '211 /primary_motivation',
      '211 /secondary_motivations/0',
      '211 /personal_motivations/0',
    );
  });

  test('expects values of the vocabularies of our extensions (extension-vocabulary)', () => {
    const channel = (type: string): JsonObject => {
      const id = 'extension-definition--ccd081db-2daa-44d8-9f54-b25c4a77878e';
      const extensions = { [id]: { extension_type: 'new-sdo' } };
      return versioned('channel', { ...named, extensions, channel_types: [type] });
    };
    assertWarns(channel('blog'), 'extension-vocabulary /channel_types/0');
    assertSilent(channel('news-outlet'));
  });

  test('looks into our extensions of other types (extension-vocabulary)', () => {
    const id = 'extension-definition--f031b85e-6afa-46a4-9612-3b6c98be1d80';
    const account = (platform: string) =>
      observable('user-account', {
        user_id: 'a',
        extensions: {
          [id]: {
            extension_type: 'property-extension',
            platform,
            asset_type: 'page',
            authenticity: 'unknown',
          },
        },
      });
    assertWarns(
      account('Facebook'),
      `extension-vocabulary /extensions/${id}/platform`,
      `111 /extensions/${id}/platform`,
    );
    assertSilent(account('facebook'));
  });

  test('names the value that was probably meant', () => {
    const sector = (text: string) =>
      requireWarning(versioned('identity', { ...named, sectors: [text] }), 215);
    assert.equal(
      sector('Financial_Services').message,
      'expected a value of industry-sector-ov, found "Financial_Services" (was "financial-services" meant?)',
    );
    assert.equal(sector('media').message, 'expected a value of industry-sector-ov, found "media"');
  });

  test('lists the values of a short vocabulary', () => {
    const { message } = requireWarning(observable('file', { hashes: { SHA256: 'ab' } }), 241);
    assert.equal(
      message,
      'expected one of MD5, SHA-1, SHA-256, SHA-512, SHA3-256, SHA3-512, SSDEEP, TLSH, found "SHA256" (was "SHA-256" meant?)',
    );
  });
});
