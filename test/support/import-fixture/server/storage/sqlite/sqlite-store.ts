import { DatabaseSync } from 'node:sqlite';
import type { Store } from '../port.ts';
import { mongoStore } from '../mongo/mongo-store.ts';
export const open = (): Store => mongoStore(DatabaseSync);
