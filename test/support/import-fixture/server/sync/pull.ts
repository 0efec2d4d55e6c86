import { objects } from '../taxii/objects.ts';
import { run } from '../../scripts/cli/run.ts';
export const pull = [objects, run];
