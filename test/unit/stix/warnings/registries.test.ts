import { describe, test } from 'node:test';
import type { JsonObject, JsonValue } from '../../../../server/domain/held.ts';
import { assertSilent, assertWarns, observable, versioned } from './warned.ts';

describe('warnings about values of registries', () => {
  test('expects a registered media type of a file (271)', () => {
    assertWarns(observable('file', { name: 'a', mime_type: 'application/word' }), '271 /mime_type');
    assertSilent(observable('file', { name: 'a', mime_type: 'application/msword' }));
  });

  test('expects registered protocols in lower case (272)', () => {
    assertWarns(traffic({ protocols: ['ipv4', 'TCP', 'no-such'] }), '272 /protocols/1', '272 /protocols/2');
    assertSilent(traffic({ protocols: ['ipv4', 'tcp', 'tls', 'https'] }));
  });

  test('expects registered elements of IPFIX (273)', () => {
    assertWarns(traffic({ ipfix: { minimumTtl: 5 } }), '273 /ipfix/minimumTtl');
    assertSilent(traffic({ ipfix: { minimumTTL: 5 } }));
  });

  test('expects known headers of a request (274)', () => {
    const request = (name: string) =>
      extended('http-request-ext', {
        request_method: 'get',
        request_value: '/',
        request_header: { [name]: ['a'] },
      });
    assertWarns(request('Agent'), '274 /extensions/http-request-ext/request_header/Agent');
    assertSilent(request('User-Agent'));
  });

  test('expects known options of a socket (275)', () => {
    const socket = (name: string) =>
      extended('socket-ext', { address_family: 'AF_INET', options: { [name]: 1 } });
    assertWarns(socket('SO_FAST'), '275 /extensions/socket-ext/options/SO_FAST');
    assertSilent(socket('SO_KEEPALIVE'));
  });

  test('expects the keys that PDF has (276)', () => {
    const pdf = (name: string) =>
      observable('file', { name: 'a', extensions: { 'pdf-ext': { document_info_dict: { [name]: 'a' } } } });
    assertWarns(pdf('Writer'), '276 /extensions/pdf-ext/document_info_dict/Writer');
    assertSilent(pdf('Author'));
  });

  test('expects a code of two letters for a country (277)', () => {
    assertWarns(versioned('location', { country: 'USA' }), '277 /country');
    assertWarns(versioned('location', { country: 'zz' }), '277 /country');
    assertSilent(versioned('location', { country: 'US' }));
    assertSilent(versioned('location', { country: 'us' }));
  });
});

function traffic(properties: Readonly<Record<string, JsonValue>>): JsonObject {
  return observable('network-traffic', {
    src_ref: 'ipv4-addr--7c575100-88ab-5f5c-9d0e-3b1a0f4c2d10',
    src_port: 1024,
    dst_port: 443,
    protocols: ['tcp'],
    ...properties,
  });
}

function extended(name: string, extension: JsonObject): JsonObject {
  return traffic({ extensions: { [name]: extension } });
}
