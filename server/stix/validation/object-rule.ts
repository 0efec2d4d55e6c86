import type { JsonObject } from '../../domain/held.ts';
import type { FaultList } from './faults.ts';

/** A rule about an object that no schema can say. */
export type ObjectRule = (object: JsonObject, list: FaultList) => void;
