import type { HeldObject, HeldVersion, ObjectFacts } from '../../server/domain/held.ts';
import { toVersionKey } from './publications.ts';

const NO_FACTS: ObjectFacts = {
  type: 'campaign',
  kind: 'versioned',
  markings: [],
  granular: [],
  refs: [],
  extensions: [],
  embedsMarkings: false,
};

/** What a sample version says; `facts` need only hold what matters. */
export interface HeldSample extends Partial<Omit<HeldVersion, 'facts'>> {
  readonly id: string;
  readonly handle: number;
  readonly facts?: Partial<ObjectFacts>;
}

/** A version as held: type, key and text follow from its id and version unless given. */
export function toHeldVersion(sample: HeldSample): HeldVersion {
  const version = sample.version ?? '2018-08-21T00:00:00.000Z';
  return {
    version,
    versionKey: toVersionKey(version),
    sender: 'fbi',
    rank: sample.handle,
    acceptedAt: sample.handle,
    defaults: { tlp: 'amber', audiences: ['federal'], consent: 'everyone' },
    text: JSON.stringify({ id: sample.id, modified: version }),
    toIntake: true,
    postedTo: [],
    deletedFrom: [],
    ...sample,
    facts: { ...NO_FACTS, type: sample.id.slice(0, sample.id.indexOf('--')), ...sample.facts },
  };
}

/** The states of an object as plain data, without versions that have none. */
export function toStateList(object: HeldObject | undefined): readonly string[] {
  const states = [...(object?.states ?? [])].flatMap(([handle, byCollection]) =>
    [...byCollection].map(([collection, state]) => `${handle} ${collection} ${state}`),
  );
  return states.sort();
}
