import type { Logger } from '../ops/logger.ts';
import { level } from '../ops/logger.ts';
import type { Store } from '../storage/port.ts';
import { authenticate } from '../auth/authenticate.ts';
import { open } from '../storage/sqlite/sqlite-store.ts';
import express from 'express';
export const objects = (log: Logger, store: Store) => [log, store, level, authenticate, open, express];
export const late = () => import('node:sqlite');
