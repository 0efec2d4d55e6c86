import type { Entry } from '../domain/entry.ts';
export interface Store {
  read(): Entry;
}
export const obligations = 12;
