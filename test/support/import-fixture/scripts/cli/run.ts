import { compose } from '../../server/compose.ts';
import { open } from '../../server/storage/sqlite/sqlite-store.ts';
import { fake } from '../../test/fake.ts';
export const run = () => [compose, open, fake];
