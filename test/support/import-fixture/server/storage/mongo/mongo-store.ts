import { obligations } from '../port.ts';
import type { Store } from '../port.ts';
export declare const mongoStore: (driver: unknown) => Store;
export const count = obligations;
