import { join } from 'node:path';
import { readStixSchemas } from '../../server/stix/validation/schema-files.ts';
import { createValidator } from '../../server/stix/validation/validator.ts';

/** The schemas as the product has them. */
export const SCHEMAS = readStixSchemas(join(import.meta.dirname, '../..'));

/** The validator as the product has it. */
export const VALIDATOR = createValidator(SCHEMAS);
