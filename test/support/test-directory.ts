/** The users of the tests of the protocol. `outsider` is granted nothing but what is open to everybody. */
export const TEST_USERS = [
  { name: 'writer', org: 'dhs', role: 'analyst' },
  { name: 'reader', org: 'nass', role: 'partner' },
  { name: 'other', org: 'facebook', role: 'analyst' },
  { name: 'outsider', org: 'nased', role: 'partner' },
] as const;

export type TestUser = (typeof TEST_USERS)[number]['name'];

export const TEST_ORGANISATIONS = [
  { id: 'dhs', name: 'DHS', audience: 'federal', hub: true },
  { id: 'nass', name: 'NASS', audience: 'state', hub: false },
  { id: 'facebook', name: 'Facebook', audience: 'private', hub: false },
  { id: 'nased', name: 'NASED', audience: 'state', hub: false },
] as const;

interface TestCollection {
  readonly id: string;
  readonly alias: string;
  readonly [name: string]: unknown;
}

/** The UUIDv4 of the n-th collection of the tests. */
export function toCollectionId(n: number): string {
  return `${n.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`;
}

function plain(n: number, alias: string, rest: object): TestCollection {
  return { id: toCollectionId(n), alias, title: `Test: ${alias}`, release: { policy: 'as-posted' }, ...rest };
}

const SCRATCHES = 30;
const ALL_THREE = ['user:writer', 'user:reader', 'user:other'];
const scratch = Array.from({ length: SCRATCHES }, (_, index) =>
  plain(256 + index, `scratch-${index + 1}`, { read: ALL_THREE, write: ['user:writer', 'user:other'] }),
);

/** As-posted collections with every combination of rights for `writer`. The files are not in the order of the ids. */
export const TEST_COLLECTIONS: readonly TestCollection[] = [
  plain(9, 'board', { read: ALL_THREE, write: ['user:writer', 'user:other'], description: 'Both rights.' }),
  plain(4, 'notices', { read: ['user:writer', 'user:reader', 'user:other'], write: ['user:other'] }),
  plain(7, 'dropbox', { read: ['user:reader'], write: ['user:writer'] }),
  plain(2, 'vault', { read: ['user:other'], write: ['user:other'] }),
  plain(8, 'mixed', { read: ALL_THREE, write: ['user:writer'], stixVersions: ['2.0', '2.1'] }),
  plain(5, 'open', { read: ['anonymous'], write: ['user:writer'] }),
  plain(6, 'attic', { apiRoot: 'archive', read: ['user:writer'], write: ['user:writer'] }),
  ...scratch,
];
