import { open } from './storage/sqlite/sqlite-store.ts';
import { level } from './ops/logger.ts';
export const compose = () => [open(), level];
