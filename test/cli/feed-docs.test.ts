import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { FEED_FAULTS } from '../../server/domain/feed.ts';
import { SETTINGS } from '../../server/config/settings.ts';
import { findUnknownSettings } from '../deploy/deploy-files.ts';
import { makePlace, readDocument, runPollwatch, type Place } from './run-pollwatch.ts';

const text = readFileSync('docs/feeds.md', 'utf8');

/** The command lines of the text, as words without quotes. */
function listCommands(): readonly (readonly string[])[] {
  const blocks = [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, code = '']) => code).join('');
  const lines = [...blocks.matchAll(/^(?:\w+=\S+ )?pollwatch (.*)$/gm)].map(([, words = '']) => words);
  return lines.map((line) =>
    [...line.replace(/ > .*$/, '').matchAll(/"([^"]*)"|(\S+)/g)].map(
      ([, quoted, word]) => quoted ?? word ?? '',
    ),
  );
}

describe('docs/feeds.md', () => {
  let place: Place;
  before(async () => {
    place = await makePlace();
  });
  after(() => place.remove());

  test('every organisation and every feed that it adds can be added', async () => {
    for (const id of ['a', 'b', 'c', 'd', 'e']) {
      await readDocument(place.env, ['org', 'add', id, '--name', id, '--audience', 'state']);
    }
    await readDocument(place.env, ['org', 'add', 'dhs', '--name', 'DHS', '--audience', 'federal', '--hub']);
    const adding = listCommands().filter(([, verb]) => verb === 'add');
    assert.ok(adding.length >= 9);
    for (const words of adding) {
      const { exitCode, stderr } = await runPollwatch(place.env, words);
      assert.equal(exitCode, 0, `${words.join(' ')}: ${stderr}`);
    }
  });

  test('every other command that it shows is one of the command line, with its options', async () => {
    const { stdout: script } = await runPollwatch(place.env, ['completion', 'fish']);
    for (const words of listCommands()) {
      const [group = '', verb = ''] = words;
      const options = words.filter((word) => word.startsWith('--'));
      for (const option of options) {
        assert.ok(script.includes(`"pollwatch ${group} ${verb}"' -l ${option.slice(2)}`), words.join(' '));
      }
      assert.ok(script.includes(`'pollwatch ${group} ${verb}'`), words.join(' '));
    }
  });

  test('it says what to do about every error, and about no other', () => {
    const rows = [...text.matchAll(/^\| (`[^|]*`) +\|/gm)].map(([, cell = '']) => cell);
    const named = rows.flatMap((cell) =>
      [...cell.matchAll(/`([a-z-]+\.[a-z-]+|not-found|internal)`/g)].map(([, code]) => code),
    );
    assert.deepEqual(named.toSorted(), [...FEED_FAULTS].toSorted());
  });

  test('it names every setting of feeds, and none that is not there', () => {
    assert.deepEqual(findUnknownSettings(text), []);
    const own = Object.values(SETTINGS)
      .map(({ name }) => name)
      .filter((name) => name.startsWith('FEED'));
    assert.ok(own.length >= 15);
    for (const name of own) assert.match(text, new RegExp(`POLLWATCH_${name}\\b`), name);
  });

  test('every metric, file and heading that it names is there', () => {
    const sources = globSync('server/**/*.ts')
      .map((file) => readFileSync(file, 'utf8'))
      .join();
    const metrics = new Set(text.match(/\bpollwatch_[a-z_]+/g));
    assert.ok(metrics.size >= 3);
    for (const metric of metrics) assert.ok(sources.includes(`'${metric}'`), metric);
    for (const [, path, heading] of text.matchAll(/\]\(([^)#]+)?(?:#([\w-]+))?\)/g)) {
      if (path !== undefined) assert.ok(existsSync(join('docs', path)), path);
      else assert.match(text, new RegExp(`^#+ ${(heading ?? '').replaceAll('-', ' ')}$`, 'im'));
    }
  });
});
