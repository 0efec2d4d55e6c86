import { first } from './first.ts';
import { absent } from './absent.ts';
export const second = () => [first, absent];
