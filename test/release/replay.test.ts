import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideEverything } from '../support/release-oracle.ts';
import { startReplay } from '../support/release-replay.ts';
import { worldAfter, type Scenario } from '../support/release-steps.ts';
import { generateDecidedScenario, generateScenario } from '../support/release-worlds.ts';

const RUNS = Number(
  process.env['POLLWATCH_TEST_RUNS'] ?? (process.env['POLLWATCH_TEST_LONG'] === '1' ? 200 : 40),
);
const SEED = Number(process.env['POLLWATCH_TEST_SEED'] ?? 1);
/** Ticks may run a few milliseconds ahead of the clock; what is due is looked at a little later. */
const LATER_MICROS = 50_000;

async function compareEveryStep(scenario: Scenario): Promise<void> {
  const replay = await startReplay(scenario);
  try {
    for (const [index, step] of scenario.steps.entries()) {
      const now = step.at + LATER_MICROS;
      await replay.play(step, now);
      const expected = decideEverything({ ...worldAfter(scenario, index + 1), now });
      const actual = await replay.look();
      for (const { id, alias } of scenario.collections) {
        const wanted = expected.get(id);
        const found = actual.get(id);
        if (!wanted || !found) continue;
        const where = `seed ${scenario.seed}, step ${index} (${step.kind}), ${alias}`;
        assert.deepEqual([...found.shown].sort(), [...wanted.shown].sort(), `${where}: shown`);
        assert.deepEqual([...found.waiting].sort(), [...wanted.waiting].sort(), `${where}: waiting`);
      }
    }
  } finally {
    await replay.close();
  }
}

test('after every step the collections show what deciding from scratch by an independent reading shows', async (t) => {
  t.diagnostic(`seeds ${SEED} to ${SEED + RUNS - 1}`);
  for (let seed = SEED; seed < SEED + RUNS; seed += 1) await compareEveryStep(generateScenario(seed));
});

test('the same holds when people release, refuse and recall in between', async (t) => {
  t.diagnostic(`seeds ${SEED} to ${SEED + RUNS - 1}`);
  for (let seed = SEED; seed < SEED + RUNS; seed += 1) await compareEveryStep(generateDecidedScenario(seed));
});
