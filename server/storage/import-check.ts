import { AppError } from '../domain/errors.ts';
import type { CollectionId, Handle } from '../domain/ids.ts';
import type { Tick } from '../domain/timestamp.ts';
import type { StoredRecord } from './port.ts';
import { RECORD_FORMS } from './record-forms.ts';

/*
 * A checksum says that a backup is whole, not that it was made by us: what is in it is somebody's word. A store that
 * took it as it comes could give out a handle or a tick twice, or fail at every later start.
 */

/** What an import came to, as the store has it in the end, or as the records say. */
export interface ImportSums {
  readonly hasDeployment: boolean;
  /** Whether there is anything that a deployment owns. */
  readonly hasContents: boolean;
  /** The next one to be given out. */
  readonly nextHandle: Handle;
  /** Of any version, or of what was decided or told of one; 0 when there is none. */
  readonly highestHandle: Handle;
  /** The highest tick ever given out. */
  readonly lastTick: Tick;
  readonly collections: readonly CollectionSums[];
}

export interface CollectionSums {
  readonly lastTick: Tick;
  /** Of any of its entries; 0 when there is none. */
  readonly highestTick: Tick;
}

/** Refuses what is imported, in words for whoever imports it. */
function refuseImport(reason: string): AppError {
  return new AppError('input.invalid', {
    detail: `This is nothing that pollwatch has exported: ${reason}. It cannot be imported.`,
  });
}

/** @throws AppError `input.invalid` when a record is none that we write */
export function checkRecord(record: StoredRecord): void {
  const fault = RECORD_FORMS[record.kind](record);
  if (fault === undefined) return;
  throw refuseImport(`a record of the kind "${record.kind}" has no valid "${fault.replace(/^value\./, '')}"`);
}

/**
 * Checks everything that was imported together.
 * @throws AppError `input.invalid` when it contradicts itself
 */
export function checkSums(sums: ImportSums): void {
  const { nextHandle, highestHandle, lastTick, collections } = sums;
  if (sums.hasContents && !sums.hasDeployment) throw refuseImport('it has no deployment');
  if (highestHandle >= nextHandle) {
    throw refuseImport(`it has the handle ${highestHandle}, and would give out ${nextHandle} next`);
  }
  for (const { lastTick: last, highestTick } of collections) {
    if (highestTick > 0 && last === 0)
      throw refuseImport('it has an entry of a collection that is not in it');
    if (highestTick > last) throw refuseImport('a collection has an entry above its own last tick');
    if (last > lastTick) throw refuseImport('a collection has a last tick above that of all');
  }
}

/** Checks records as they come, from the first to the last. */
export interface ImportCheck {
  /** @throws AppError `input.invalid` when this record cannot stand beside those before it */
  add(record: StoredRecord): void;
  /** @throws AppError `input.invalid` when something is missing, or all together contradicts itself */
  end(): void;
}

/** What there is once, by kind. */
const ONCE: readonly StoredRecord['kind'][] = ['deployment', 'policies', 'counters'];

export function createImportCheck(): ImportCheck {
  const taken = new Set<string>();
  const feeds = new Set<string>();
  const collections = new Map<CollectionId, CollectionSums>();
  let sums: Omit<ImportSums, 'collections'> = {
    hasDeployment: false,
    hasContents: false,
    nextHandle: 1,
    highestHandle: 0,
    lastTick: 0,
  };
  let lastHandle = 0;

  const know = (handle: Handle): void => {
    if (handle > sums.highestHandle) sums = { ...sums, highestHandle: handle };
  };

  const take = (what: string, value: string | undefined): void => {
    if (value === undefined) return;
    const key = `${what} ${value}`;
    if (taken.has(key)) throw refuseTwice(what);
    taken.add(key);
  };

  function addSmall(record: StoredRecord): void {
    if (ONCE.includes(record.kind)) take(`the record "${record.kind}"`, '');
    if (record.kind === 'organisation') {
      take('the id of an organisation', record.value.id);
      take('the identity of an organisation', record.value.identity);
    } else if (record.kind === 'user') {
      take('the name of a user', record.value.name);
      take('the certificate of a user', record.value.certificate);
    } else if (record.kind === 'token') {
      take('the id of a token', record.value.id);
      take('the hash of a token', record.value.hash);
    } else if (record.kind === 'feed') {
      take('the id of a feed', record.value.id);
      take('the name of a feed', record.value.name);
      feeds.add(record.value.id);
    } else if (record.kind === 'feed-state') {
      take('the state of a feed', record.feed);
    }
    if ('feed' in record && !feeds.has(record.feed)) throw refuseStray();
  }

  function addEntry({ tick, value }: Extract<StoredRecord, { kind: 'entry' }>): void {
    const known = collections.get(value.collection);
    if (!known) throw refuseImport('it has an entry of a collection that is not in it');
    if (tick <= known.highestTick) throw refuseImport('the entries of a collection are not in their order');
    collections.set(value.collection, { ...known, highestTick: tick });
  }

  return {
    add(record) {
      checkRecord(record);
      addSmall(record);
      if (owns(record)) sums = { ...sums, hasContents: true };
      switch (record.kind) {
        case 'deployment':
          sums = { ...sums, hasDeployment: true };
          return;
        case 'counters':
          sums = { ...sums, nextHandle: record.nextHandle, lastTick: record.lastTick };
          return;
        case 'collection':
          take('a collection', record.id);
          collections.set(record.id, { lastTick: record.lastTick, highestTick: 0 });
          return;
        case 'version':
          if (record.value.handle <= lastHandle) throw refuseImport('its versions are not in their order');
          lastHandle = record.value.handle;
          know(lastHandle);
          return;
        case 'decision':
          know(record.handle);
          return;
        case 'submission':
          for (const { handle = 0 } of record.value.outcomes) know(handle);
          return;
        case 'entry':
          addEntry(record);
          return;
        default:
      }
    },
    end: () => checkSums({ ...sums, collections: [...collections.values()] }),
  };
}

/** Refuses what belongs to a feed that is not there: nobody could see it, or remove it. */
export function refuseStray(): AppError {
  return refuseImport('it has a state or a reject of a feed that is not in it');
}

/** Refuses what there can be but once. */
export function refuseTwice(what: string): AppError {
  return refuseImport(`${what} is there twice`);
}

/** Whether a record is one that no store has without a deployment. */
function owns(record: StoredRecord): boolean {
  if (record.kind === 'policies') return record.collections.length > 0 || record.decided;
  return record.kind !== 'deployment' && record.kind !== 'counters';
}
