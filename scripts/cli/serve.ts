import type { Command } from 'commander';
import { describeStart, serve, type Start } from '../../server/main.ts';
import { defineCommand } from './command.ts';
import type { JsonOption, Surroundings } from './surroundings.ts';

/** `serve`. */
export function addServeCommand(program: Command, { env }: Surroundings): void {
  defineCommand(program, {
    usage: 'serve',
    summary: 'run the server until it is told to stop (SIGTERM, SIGINT)',
    about:
      'Standard output has a JSON line for each event. With --json the first words are such a line as well.',
    examples: ['pollwatch serve', 'POLLWATCH_PORT=9000 pollwatch serve'],
  }).action(async ({ json }: JsonOption) => {
    await serve(env, json ? toLine : describeStart);
  });
}

function toLine({ url, sample = [] }: Start): string {
  return `${JSON.stringify({ url, discovery: `${url}/taxii2/`, users: sample })}\n`;
}
