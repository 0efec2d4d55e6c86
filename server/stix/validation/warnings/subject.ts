import type { JsonObject } from '../../../domain/held.ts';
import type { WarningList } from './warning-list.ts';

/** An object that is looked at: one of its own, or an observable inside observed data. */
export interface Subject {
  readonly object: JsonObject;
  readonly type: string;
  /** JSON pointer of the object; empty but for one inside observed data. */
  readonly path: string;
}

/** Looks for one group of warnings. Never throws, whatever the object holds. */
export type WarningRule = (subject: Subject, list: WarningList) => void;
