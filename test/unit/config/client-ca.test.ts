import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { loadSettings } from '../../../server/config/load.ts';
import { toProblems } from './expect-config-error.ts';

const FILE = fileURLToPath(import.meta.url);
const CA = { POLLWATCH_TLS_CLIENT_CA_FILE: FILE };
const CERT = { POLLWATCH_TLS_CERT_FILE: FILE };
const KEY = { POLLWATCH_TLS_KEY_FILE: FILE };

function problemsOf(env: Readonly<Record<string, string>>): readonly string[] {
  try {
    loadSettings(env);
    return [];
  } catch (error) {
    return toProblems(error);
  }
}

describe('authorities for client certificates', () => {
  test('are refused without a certificate and key of the server, and told what to set', () => {
    const [problem = '', ...others] = problemsOf(CA);
    assert.match(
      problem,
      /^POLLWATCH_TLS_CLIENT_CA_FILE: found a value without POLLWATCH_TLS_CERT_FILE and POLLWATCH_TLS_KEY_FILE, .*Set these two as well, or remove it\.$/,
    );
    assert.deepEqual(others, []);
  });

  test('with half of the other two are one problem, that of the missing half', () => {
    for (const [half, missing] of [
      [CERT, /^POLLWATCH_TLS_KEY_FILE: found nothing/],
      [KEY, /^POLLWATCH_TLS_CERT_FILE: found nothing/],
    ] as const) {
      const problems = problemsOf({ ...CA, ...half });
      assert.equal(problems.length, 1);
      assert.match(problems[0] ?? '', missing);
    }
  });

  test('are taken with both', () => {
    assert.equal(loadSettings({ ...CA, ...CERT, ...KEY }).tlsClientCaFile, FILE);
    assert.equal(loadSettings({ ...CERT, ...KEY }).tlsClientCaFile, undefined);
  });
});
