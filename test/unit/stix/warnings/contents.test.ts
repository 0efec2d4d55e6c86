import { describe, test } from 'node:test';
import type { JsonObject } from '../../../../server/domain/held.ts';
import { assertSilent, assertWarns, observable, versioned } from './warned.ts';

describe('warnings about what is missing', () => {
  test('expects both ports of network traffic (301)', () => {
    const ends = { src_ref: 'ipv4-addr--7c575100-88ab-5f5c-9d0e-3b1a0f4c2d10', protocols: ['tcp'] };
    assertWarns(observable('network-traffic', { ...ends, dst_port: 443 }), '301 ');
    assertSilent(observable('network-traffic', { ...ends, src_port: 0, dst_port: 443 }));
  });

  test('expects hashes beside the URL of an external reference (302)', () => {
    const link = { source_name: 'A', url: 'https://example.com/' };
    const campaign = (...references: readonly JsonObject[]) =>
      versioned('campaign', { name: 'A', external_references: references });
    assertWarns(campaign({ source_name: 'A', description: 'B' }, link), '302 /external_references/1');
    assertSilent(campaign({ ...link, hashes: { MD5: 'd41d8cd98f00b204e9800998ecf8427e' } }));
  });

  test('expects a name and a description of an indicator (303)', () => {
    const indicator = {
      pattern: "[url:value = 'https://example.com/']",
      pattern_type: 'stix',
      valid_from: '2018-08-21T18:00:00Z',
    };
    assertWarns(versioned('indicator', { ...indicator, name: 'A' }), '303 ');
    assertSilent(versioned('indicator', { ...indicator, name: 'A', description: 'B' }));
  });

  test('warns of the objects inside observed data (304)', () => {
    const time = '2018-08-21T18:00:00Z';
    const data = { first_observed: time, last_observed: time, number_observed: 1 };
    const inner = { '0': { type: 'url', value: 'https://example.com/' } };
    assertWarns(versioned('observed-data', { ...data, objects: inner }), '304 /objects');
    const refs = ['url--7c575100-88ab-5f5c-9d0e-3b1a0f4c2d10'];
    assertSilent(versioned('observed-data', { ...data, object_refs: refs }));
  });

  test('looks at the objects inside observed data as at others', () => {
    const time = '2018-08-21T18:00:00Z';
    const objects = { '0': { type: 'user-account', user_id: 'a', account_type: 'myspace', x_note: 'b' } };
    assertWarns(
      versioned('observed-data', { first_observed: time, last_observed: time, number_observed: 1, objects }),
      '304 /objects',
      '244 /objects/0/account_type',
      '401 /objects/0/x_note',
    );
  });

  const definition = {
    created_by_ref: 'identity--7c575100-88ab-4f5c-9d0e-3b1a0f4c2d10',
    name: 'A',
    schema: 'https://example.com/schema.json',
    version: '1.0.0',
    extension_types: ['new-sdo'],
  };

  test('expects a description of an extension-definition (305)', () => {
    assertWarns(versioned('extension-definition', definition), '305 ');
    assertSilent(versioned('extension-definition', { ...definition, description: 'B' }));
  });

  test('expects an extension-definition to name its top-level properties (306)', () => {
    const toplevel = {
      ...definition,
      description: 'B',
      extension_types: ['new-sdo', 'toplevel-property-extension'],
    };
    assertWarns(versioned('extension-definition', toplevel), '306 ');
    assertSilent(versioned('extension-definition', { ...toplevel, extension_properties: ['verdict'] }));
  });
});
