/*
 * Hands out databases of a MongoDB to a program that may not import tests: as many as the first argument says. Prints
 * `database URL` for each, or `missing REASON`; drops them and ends when its standard input does.
 */
import { mongoAvailability, requireMongo } from './mongo/mongo-database.ts';

const missing = await mongoAvailability();
if (missing === false) await handOut(Number(process.argv[2]));
else process.stdout.write(`missing ${missing}\n`);

async function handOut(count: number): Promise<void> {
  await using databases = new AsyncDisposableStack();
  for (let made = 0; made < count; made += 1) {
    const { url } = databases.use(await requireMongo());
    process.stdout.write(`database ${url}\n`);
  }
  for await (const _ of process.stdin);
}
