import { serve } from '../server/main.ts';
export async function runCli(argv: readonly string[], _env: unknown): Promise<number> {
  if (argv[0] === 'serve') await serve();
  return 0;
}
