import type { Store } from '../storage/port.ts';
import { compose } from '../compose.ts';
export const authenticate = (store: Store) => [store, compose];
