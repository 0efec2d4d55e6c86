import assert from 'node:assert/strict';

type Check = (text: string) => boolean;

/** Every text passes. */
export function assertTakes(check: Check, texts: readonly string[]): void {
  for (const text of texts) assert.ok(check(text), `refuses ${JSON.stringify(text).slice(0, 120)}`);
}

/** Every text fails. */
export function assertRefuses(check: Check, texts: readonly string[]): void {
  for (const text of texts) assert.ok(!check(text), `takes ${JSON.stringify(text).slice(0, 120)}`);
}
