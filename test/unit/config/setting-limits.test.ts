import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import express from 'express';
import { loadSettings } from '../../../server/config/load.ts';
import { formatDuration, parseDuration, type Setting } from '../../../server/config/setting-kinds.ts';
import { PREFIX, SETTINGS } from '../../../server/config/settings.ts';
import { toProblems } from './expect-config-error.ts';

type Environment = Readonly<Record<string, string>>;

// What has to change with a setting because one may not exceed the other.
const companions: Readonly<Record<string, Environment>> = {
  PAGE_LIMIT_DEFAULT: { POLLWATCH_PAGE_LIMIT_MAX: '10000' },
  PAGE_LIMIT_MAX: { POLLWATCH_PAGE_LIMIT_DEFAULT: '1' },
  REQUEST_TIMEOUT: { POLLWATCH_HEADERS_TIMEOUT: '1s' },
  HEADERS_TIMEOUT: { POLLWATCH_REQUEST_TIMEOUT: '1h' },
};

function findProblems(env: Environment): readonly string[] {
  try {
    loadSettings(env);
    return [];
  } catch (error) {
    return toProblems(error);
  }
}

function listRanged(): readonly (readonly [string, Setting<unknown>])[] {
  return Object.entries<Setting<unknown>>(SETTINGS).filter(([, setting]) => setting.range !== undefined);
}

function writeValue(setting: Setting<unknown>, value: number): string {
  return setting.kind === 'duration' ? formatDuration(value) : String(value);
}

function readSetting(key: string, setting: Setting<unknown>, text: string): unknown {
  const env = { ...companions[setting.name], [PREFIX + setting.name]: text };
  return Object.entries(loadSettings(env)).find(([name]) => name === key)?.[1];
}

describe('settings with a range', () => {
  test('every setting takes its smallest and its largest value', () => {
    assert.ok(listRanged().length > 20);
    for (const [key, setting] of listRanged()) {
      for (const limit of [setting.range?.min ?? NaN, setting.range?.max ?? NaN]) {
        assert.equal(readSetting(key, setting, writeValue(setting, limit)), limit, setting.name);
      }
    }
  });

  test('every setting refuses one less than its smallest and one more than its largest value', () => {
    for (const [, setting] of listRanged()) {
      const { min, max } = setting.range ?? { min: NaN, max: NaN };
      for (const value of [min - 1, max + 1]) {
        const text = writeValue(setting, value);
        const problems = findProblems({ ...companions[setting.name], [PREFIX + setting.name]: text });
        assert.equal(problems.length, 1, `${setting.name}=${text}`);
        assert.ok(
          problems[0]?.startsWith(`${PREFIX}${setting.name}: found "${text}", wanted ${setting.wanted}.`),
        );
      }
    }
  });

  test('every default is a value that its setting takes', () => {
    for (const setting of Object.values<Setting<unknown>>(SETTINGS)) {
      if (setting.defaultText === undefined) continue;
      assert.ok('value' in setting.parse(setting.defaultText), setting.name);
    }
  });

  test('every setting is documented by one sentence and has a name of its own', () => {
    const settings = Object.values<Setting<unknown>>(SETTINGS);
    for (const { name, doc } of settings) assert.match(doc, /^[A-Z][^\n|]{10,}\.$/, name);
    assert.equal(new Set(settings.map(({ name }) => name)).size, settings.length);
  });
});

describe('kinds of settings', () => {
  test('a whole number has digits alone', () => {
    for (const text of [
      '',
      ' 1',
      '1 ',
      '+1',
      '-1',
      '1.0',
      '1e3',
      '0x10',
      '1_000',
      '080',
      '٣',
      '9'.repeat(16),
    ]) {
      assert.ok('wanted' in SETTINGS.port.parse(text), text);
    }
  });

  test('a duration has a number and one of the units ms, s, m and h', () => {
    const expected: Readonly<Record<string, number>> = {
      '500ms': 500,
      '2s': 2000,
      '10m': 600_000,
      '24h': 86_400_000,
      '0s': 0,
    };
    for (const [text, millis] of Object.entries(expected)) assert.equal(parseDuration(text), millis);
    for (const text of ['', '10', 'm', '1.5h', '-1s', '1 m', '1d', '10M', '1h30m', '010s', ' 1s']) {
      assert.equal(parseDuration(text), undefined, text);
    }
  });

  test('a duration is written in the largest unit that fits, and read back the same', () => {
    for (const text of ['0s', '1ms', '999ms', '1s', '1001ms', '90s', '1m', '61m', '24h']) {
      assert.equal(formatDuration(parseDuration(text) ?? NaN), text);
    }
  });

  test('a switch is on or off and nothing else', () => {
    assert.deepEqual(SETTINGS.sample.parse('on'), { value: true });
    assert.deepEqual(SETTINGS.sample.parse('off'), { value: false });
    for (const text of ['On', 'true', '1', 'yes', 'false', ''])
      assert.ok('wanted' in SETTINGS.sample.parse(text), text);
  });

  test('a log level is one of those that pino has, or silent', () => {
    assert.deepEqual(SETTINGS.logLevel.parse('silent'), { value: 'silent' });
    for (const text of ['INFO', 'verbose', '30', 'constructor'])
      assert.ok('wanted' in SETTINGS.logLevel.parse(text), text);
  });

  test('a title is one line of at most 200 characters', () => {
    assert.deepEqual(SETTINGS.title.parse('t'.repeat(200)), { value: 't'.repeat(200) });
    for (const text of ['t'.repeat(201), ' ', 'a\nb', 'a\u0000'])
      assert.ok('wanted' in SETTINGS.title.parse(text), text);
  });

  test('a host is an address without brackets or a name', () => {
    for (const text of ['0.0.0.0', '::', 'fe80::1', 'localhost', 'feed.example.org']) {
      assert.deepEqual(SETTINGS.host.parse(text), { value: text });
    }
    for (const text of ['[::1]', 'http://localhost', 'a b', '*', '127.0.0.1:8080', '-a', 'a..b']) {
      assert.ok('wanted' in SETTINGS.host.parse(text), text);
    }
  });

  test('a public URL loses the slash at its end and has no credentials, query or fragment', () => {
    assert.deepEqual(SETTINGS.publicUrl.parse('https://feed.example.org/'), {
      value: 'https://feed.example.org',
    });
    assert.deepEqual(SETTINGS.publicUrl.parse('https://example.org/a/'), { value: 'https://example.org/a' });
    for (const text of [
      'example.org',
      'ftp://a',
      'https://u:p@a',
      'https://u@a',
      'https://a?',
      'https://a/#x',
      'https://',
    ]) {
      assert.ok('wanted' in SETTINGS.publicUrl.parse(text), text);
    }
  });

  test('a database is a file of SQLite or the memory', () => {
    for (const text of ['sqlite::memory:', 'sqlite:./data/a.db', 'sqlite:/var/lib/a.db', 'sqlite:a b.db']) {
      assert.deepEqual(SETTINGS.databaseUrl.parse(text), { value: text });
    }
    for (const text of [
      'a.db',
      'sqlite:',
      'sqlite:./data/',
      'sqlite://a.db',
      'sqlite::memory',
      'sqlite:a?b',
      'postgres://a',
    ]) {
      assert.ok('wanted' in SETTINGS.databaseUrl.parse(text), text);
    }
  });

  test('a trusted proxy is counted or named, and Express takes every value', () => {
    const expected = new Map<string, unknown>([
      ['off', false],
      ['1', 1],
      ['32', 32],
      ['10.0.0.0/8, ::1', ['10.0.0.0/8', '::1']],
      ['loopback,fd00::/8', ['loopback', 'fd00::/8']],
    ]);
    for (const [text, value] of expected) {
      assert.deepEqual(SETTINGS.trustProxy.parse(text), { value });
      express().set('trust proxy', value);
    }
    for (const text of [
      'on',
      'true',
      '0',
      '33',
      '-1',
      '10.0.0.0/0',
      '10.0.0.0/33',
      '::/129',
      '10.0.0.1,',
      'example.org',
      '*',
    ]) {
      assert.ok('wanted' in SETTINGS.trustProxy.parse(text), text);
    }
  });
});
