import type { Request } from 'express';
import { none } from '../domain/entry.ts';
import type { Store } from '../storage/port.ts';
export const publish = (store: Store, request: Request) => [store, request, none];
