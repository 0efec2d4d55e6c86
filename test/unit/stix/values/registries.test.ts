import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { findPackageRoot } from '../../../../server/config/package-root.ts';
import { createListChecks } from '../../../../server/stix/values/list-checks.ts';
import { readList, type ListName } from '../../../../server/stix/values/lists.ts';
import { assertRefuses, assertTakes } from './verdicts.ts';

const ROOT = findPackageRoot();
const LISTS = createListChecks(ROOT);

describe('values from registries', () => {
  test('a media type is a registered type and subtype in any case (RFC 2045, 5.1)', () => {
    assertTakes(LISTS.isMediaType, [
      'application/pdf',
      'Text/HTML',
      'image/svg+xml',
      'application/octet-stream',
    ]);
    assertTakes(LISTS.isMediaType, [
      'application/zip',
      'image/jxl',
      'text/javascript',
      'application/vnd.3gpp.5gsa2x',
    ]);
  });

  test('what is neither registered nor in use, or has parameters, is no media type', () => {
    assertRefuses(LISTS.isMediaType, ['application/zz-unregistered', 'notamime', 'application/', '/pdf', '']);
    assertRefuses(LISTS.isMediaType, [
      'text/html; charset=utf-8',
      ' text/html',
      'text/*',
      'application/x-unheard-of',
    ]);
  });

  test('a character set goes by its preferred MIME name, or by its name where it has none, in any case', () => {
    assertTakes(LISTS.isCharacterSet, [
      'UTF-8',
      'utf-8',
      'windows-1252',
      'US-ASCII',
      'ISO-8859-1',
      'Shift_JIS',
    ]);
    assertTakes(LISTS.isCharacterSet, ['IBM037', 'ISO_646.basic:1983', 'UTF-16LE', 'KOI8-R']);
  });

  test('an alias of a character set is none', () => {
    assertRefuses(LISTS.isCharacterSet, [
      'latin1',
      'utf8',
      'cp1252',
      'ascii',
      'ISO_8859-1:1987',
      'not a charset',
      '',
    ]);
  });

  test('protocols are services, transports and IP protocols, in lower case', () => {
    assertTakes(LISTS.isServiceName, [
      'http',
      'https',
      'tcp',
      'udp',
      'ipv4',
      'ipv6',
      'icmp',
      'dns',
      'ssl',
      'tls',
    ]);
    assertTakes(LISTS.isServiceName, ['XmlIpcRegSvc', 'xmlipcregsvc']);
    assertRefuses(LISTS.isServiceName, ['TCP', 'zzz', '', 'http ']);
  });

  test('IPFIX elements, socket options and PDF keys are compared letter by letter', () => {
    assertTakes(LISTS.isIpfixElement, ['minimumIpTotalLength', 'octetDeltaCount']);
    assertRefuses(LISTS.isIpfixElement, ['octetdeltacount', 'Reserved', 'Unassigned', '']);
    assertTakes(LISTS.isSocketOption, ['SO_KEEPALIVE', 'TCP_NODELAY', 'ICMP6_FILTER']);
    assertRefuses(LISTS.isSocketOption, ['so_keepalive', 'SO_FOO']);
    assertTakes(LISTS.isPdfInformationKey, ['Title', 'CreationDate']);
    assertRefuses(LISTS.isPdfInformationKey, ['title', 'Foo']);
  });

  test('header fields of requests and codes of countries are compared without regard to case', () => {
    assertTakes(LISTS.isHttpRequestHeader, ['Host', 'user-agent', 'X-Forwarded-For', 'Sec-Fetch-Dest']);
    assertRefuses(LISTS.isHttpRequestHeader, ['Set-Cookie', 'Server', '']);
    assertTakes(LISTS.isCountry, ['DE', 'fr', 'TW', 'SS']);
    assertRefuses(LISTS.isCountry, ['UK', 'zz', 'DEU', '']);
  });
});

describe('the files of the lists', () => {
  const inFolder = readdirSync(join(ROOT, 'schemas', 'lists')).map((file) => file.replace(/\.json$/, ''));

  test('each is read, has a value, and none is empty, padded or there twice', () => {
    const sizes: readonly (readonly [ListName, number])[] = [
      ['character-sets', 258],
      ['countries', 249],
      ['http-request-headers', 140],
      ['ipfix-elements', 471],
      ['iso-639-2', 506],
      ['media-types', 2173],
      ['pdf-document-information', 9],
      ['service-names', 7312],
      ['socket-options', 242],
    ];
    assert.deepEqual(inFolder.toSorted(), [...sizes.map(([name]) => name), 'language-subtags'].toSorted());
    for (const [name, size] of sizes) {
      const values = readList(ROOT, name);
      assert.equal(values.size, size, name);
      for (const value of values) assert.ok(value !== '' && !/\s/.test(value), `${name}: ${value}`);
    }
  });

  test('a list that is not in its file is a damaged package', () => {
    assert.throws(() => readList(ROOT, 'countries', 'regions'), /countries\.json has no list "regions"/);
    assert.throws(() => readList(join(ROOT, 'nowhere'), 'countries'), /ENOENT/);
  });
});
