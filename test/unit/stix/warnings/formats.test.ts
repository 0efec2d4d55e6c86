import { describe, test } from 'node:test';
import { assertSilent, assertWarns, observable, versioned } from './warned.ts';

const VERSION_1 = '7c575100-88ab-1f5c-9d0e-3b1a0f4c2d10';
const VERSION_4 = '7c575100-88ab-4f5c-9d0e-3b1a0f4c2d10';
const VERSION_5 = '7c575100-88ab-5f5c-9d0e-3b1a0f4c2d10';

describe('warnings about forms', () => {
  test('expects a UUID of version 4 in the id of an object with versions (103)', () => {
    assertWarns(versioned('campaign', { name: 'A', id: `campaign--${VERSION_1}` }), '103 /id');
    assertWarns(versioned('campaign', { name: 'A', id: `campaign--${VERSION_5}` }), '103 /id');
    assertSilent(versioned('campaign', { name: 'A', id: `campaign--${VERSION_4}` }));
  });

  test('expects a UUID of version 5 in the id of an observable (103)', () => {
    assertWarns(observable('url', { value: 'https://example.com/', id: `url--${VERSION_4}` }), '103 /id');
    assertSilent(observable('url', { value: 'https://example.com/', id: `url--${VERSION_5}` }));
  });

  test('expects a UUID of version 4 where nothing makes up the id of an observable (103)', () => {
    assertWarns(observable('process', { pid: 1, id: `process--${VERSION_5}` }), '103 /id');
    assertSilent(observable('process', { pid: 1, id: `process--${VERSION_4}` }));
    assertSilent(observable('user-account', { display_name: 'A', id: `user-account--${VERSION_4}` }));
    assertWarns(observable('user-account', { user_id: 'A', id: `user-account--${VERSION_4}` }), '103 /id');
  });

  test('leaves the version of the UUID to who defines a type (103)', () => {
    const extensions = { [`extension-definition--${VERSION_4}`]: { extension_type: 'new-sco' } };
    assertSilent(observable('x-post', { extensions, id: `x-post--${VERSION_5}` }));
    assertSilent(observable('x-post', { extensions, id: `x-post--${VERSION_4}` }));
    assertWarns(observable('x-post', { extensions, id: `x-post--${VERSION_1}` }), '103 /id');
  });

  test('expects lower case and hyphens in a value of an open vocabulary (111)', () => {
    const identity = { name: 'A', identity_class: 'organization' };
    assertWarns(
      versioned('identity', { ...identity, sectors: ['energy', 'Financial Services'] }),
      '111 /sectors/1',
      '215 /sectors/1',
    );
    assertWarns(versioned('identity', { ...identity, sectors: ['energy', 'media'] }), '215 /sectors/1');
    assertWarns(
      versioned('marking-definition', { modified: '', definition_type: 'TLP:GREEN', definition: {} }),
      '111 /definition_type',
      '201 /definition_type',
      '401 /definition_type',
      '401 /modified',
    );
  });

  test('expects lower case and hyphens in the names of kill chains and phases (121)', () => {
    assertWarns(
      versioned('attack-pattern', {
        name: 'A',
        kill_chain_phases: [
          { kill_chain_name: 'disarm', phase_name: 'develop-content' },
          { kill_chain_name: 'DISARM', phase_name: 'develop content' },
        ],
      }),
      '121 /kill_chain_phases/1/kill_chain_name',
      '121 /kill_chain_phases/1/phase_name',
    );
    assertSilent(
      versioned('attack-pattern', {
        name: 'A',
        kill_chain_phases: [{ kill_chain_name: 'disarm-2.0', phase_name: 'develop-content' }],
      }),
    );
  });

  test('expects whole numbers as keys of the objects of observed data (141)', () => {
    assertWarns(
      observed({ first: { type: 'url', value: 'https://example.com/' } }),
      '141 /objects/first',
      '304 /objects',
    );
    assertWarns(observed({ '0': { type: 'url', value: 'https://example.com/' } }), '304 /objects');
  });

  test('expects lower case in the keys of a dictionary of an observable (142)', () => {
    const custom = (key: string) =>
      observable('url', { value: 'https://example.com/', x_details: { [key]: { [key]: 1 } } });
    assertWarns(custom('Source'), '142 /x_details/Source', '142 /x_details/Source/Source', '401 /x_details');
    assertWarns(custom('source'), '401 /x_details');
  });

  test('takes neither properties nor extensions for keys of a dictionary (142)', () => {
    const id = `extension-definition--${VERSION_4.toUpperCase()}`;
    const extension = (key: string) => ({ [id]: { extension_type: 'property-extension', [key]: 1 } });
    assertSilent(observable('url', { value: 'https://example.com/', extensions: extension('source') }));
    assertWarns(
      observable('url', { value: 'https://example.com/', Note: 1, extensions: extension('Source') }),
      `142 /extensions/${id}/Source`,
      '401 /Note',
    );
  });

  test('lets the keys of registries be spelled as the registries do (142)', () => {
    const names = ['User-Agent', 'Host'].map((name) => [name, ['A']] as const);
    assertSilent(
      observable('network-traffic', {
        src_ref: `ipv4-addr--${VERSION_5}`,
        src_port: 1,
        dst_port: 2,
        protocols: ['tcp'],
        extensions: {
          'http-request-ext': {
            request_method: 'get',
            request_value: '/',
            request_header: Object.fromEntries(names),
          },
        },
      }),
    );
  });

  test('expects lower case and hyphens in the product of an analysis (143)', () => {
    const analysis = (product: string) => versioned('malware-analysis', { product, result: 'benign' });
    assertWarns(analysis('Some Scanner'), '143 /product');
    assertSilent(analysis('some-scanner'));
  });

  test('expects the priority of a Windows process to end in _CLASS (149)', () => {
    const process = (priority: string) =>
      observable('process', {
        id: `process--${VERSION_4}`,
        extensions: { 'windows-process-ext': { priority } },
      });
    assertWarns(process('HIGH'), '149 /extensions/windows-process-ext/priority');
    assertWarns(process('_CLASS'), '149 /extensions/windows-process-ext/priority');
    assertSilent(process('HIGH_CLASS'));
  });

  test('expects at most 30 characters in the name of a hash algorithm (150)', () => {
    const file = (name: string) => observable('file', { hashes: { [name]: 'ab' } });
    assertWarns(file(`x_${'a'.repeat(29)}`), `150 /hashes/x_${'a'.repeat(29)}`);
    assertSilent(file(`x_${'a'.repeat(28)}`));
  });
});

function observed(objects: Parameters<typeof versioned>[1]) {
  const time = '2018-08-21T18:00:00Z';
  return versioned('observed-data', {
    first_observed: time,
    last_observed: time,
    number_observed: 1,
    objects: objects ?? {},
  });
}
