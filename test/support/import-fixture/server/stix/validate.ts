import { publish } from '../release/publish.ts';
import { Ajv } from 'ajv';
export const validate = [publish, Ajv];
