import { isAsPosted, type Collection } from '../domain/collection.ts';
import { isCoveredByAny } from './grant-cover.ts';

/** A collection and the name of its file, for messages. */
export interface NamedCollection {
  readonly file: string;
  readonly collection: Collection;
}

/**
 * Checks what the schema cannot say, within each file and across all of them.
 * @returns one line for each problem, beginning with the name of the file.
 */
export function findBrokenRules(named: readonly NamedCollection[]): readonly string[] {
  const collections = named.map(({ collection }) => collection);
  return [
    ...named.flatMap(({ file, collection }) =>
      [...findPolicyProblems(collection), ...findReferenceProblems(collection, collections)].map(
        (problem) => `${file}: ${problem}`,
      ),
    ),
    ...findRepetitions(named, 'id', (collection) => collection.id),
    ...findRepetitions(named, 'alias', (collection) => collection.alias),
    ...findRepetitions(named, 'title', (collection) => `${collection.apiRoot}/${collection.title}`),
    ...findSecondIntakes(named),
  ];
}

function findPolicyProblems(collection: Collection): readonly string[] {
  const { release, read, stixVersions } = collection;
  const problems: string[] = [];
  if (release.policy === 'intake' && read.length > 0) {
    problems.push(
      `/read: found ${read.join(', ')}, wanted no readers, because an intake collection is never read. Remove them.`,
    );
  }
  if (release.policy === 'audience' && release.maxTlp === 'red') {
    problems.push(
      '/release/maxTlp: found red, wanted at most amber+strict, because RED never enters an audience collection. Lower it.',
    );
  }
  if (release.policy === 'audience' && release.audience === 'public' && release.maxTlp !== 'clear') {
    problems.push(
      `/release/maxTlp: found ${release.maxTlp}, wanted clear, because the audience is public. Lower it.`,
    );
  }
  // Objects of STIX 2.0 are taken in as-posted collections only: the release rules do not know how to read them.
  if (!isAsPosted(collection) && (stixVersions.length !== 1 || stixVersions[0] !== '2.1')) {
    problems.push(
      `/stixVersions: found ${stixVersions.join(', ')}, wanted 2.1 alone, because the policy is ${release.policy}. Correct it.`,
    );
  }
  return problems;
}

function findReferenceProblems(collection: Collection, all: readonly Collection[]): readonly string[] {
  return collection.references.flatMap((alias) => {
    const target = all.find((other) => other.alias === alias);
    if (target === undefined)
      return [
        `/references: found ${alias}, wanted the alias of a collection whose file is right. Correct or remove it.`,
      ];
    if (!isAsPosted(target)) {
      return [
        `/references: found ${alias}, whose policy is ${target.release.policy}, wanted as-posted collections only. Remove it.`,
      ];
    }
    return findShutOutReaders(collection, target);
  });
}

// Release rules, 3: what lies in such a collection counts as shown to everybody who reads this one.
function findShutOutReaders(collection: Collection, target: Collection): readonly string[] {
  return collection.read
    .filter((grant) => !isCoveredByAny(grant, target.read))
    .map(
      (grant) =>
        `/references: found ${target.alias}, which ${grant} may not read, wanted collections that every reader of ` +
        `${collection.alias} may read. Grant it there, or remove the reference.`,
    );
}

function findRepetitions(
  named: readonly NamedCollection[],
  property: 'id' | 'alias' | 'title',
  toKey: (collection: Collection) => string,
): readonly string[] {
  const firstFiles = new Map<string, string>();
  return named.flatMap(({ file, collection }) => {
    const key = toKey(collection);
    const first = firstFiles.get(key);
    if (first === undefined) {
      firstFiles.set(key, file);
      return [];
    }
    const scope =
      property === 'title' ? ` of its own within the API root ${collection.apiRoot}` : ' of its own';
    return [
      `${file}: /${property}: found ${collection[property]}, which ${first} has, wanted one${scope}. Change one of them.`,
    ];
  });
}

function findSecondIntakes(named: readonly NamedCollection[]): readonly string[] {
  const intakes = named.filter(({ collection }) => collection.release.policy === 'intake');
  return intakes
    .slice(1)
    .map(
      ({ file }) =>
        `${file}: /release/policy: found a second intake beside ${intakes[0]?.file ?? ''}, wanted one at most. Remove one.`,
    );
}
