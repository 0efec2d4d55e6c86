import { objects } from '../taxii/objects.ts';
export const status = objects;
