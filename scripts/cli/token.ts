import type { Command } from 'commander';
import { createToken, isTokenShaped } from '../../server/auth/tokens.ts';
import { readPrincipal } from '../../server/domain/decision-context.ts';
import type { Token } from '../../server/domain/directory.ts';
import { AppError } from '../../server/domain/errors.ts';
import { formatTick, MICROS_PER_SECOND, type Tick } from '../../server/domain/timestamp.ts';
import { parseDays, parseUserName } from './arguments.ts';
import { defineCommand, defineGroup } from './command.ts';
import { withCore } from './open-core.ts';
import { UsageError } from './report-error.ts';
import type { Answer, JsonOption, Surroundings } from './surroundings.ts';
import { formatTable } from './table.ts';

interface IssueOptions extends JsonOption {
  readonly days?: number;
}

const SECONDS_PER_DAY = 86_400;

/** `token issue`, `token list` and `token revoke`. */
export function addTokenCommands(program: Command, cli: Surroundings): void {
  const group = defineGroup(program, {
    usage: 'token',
    summary: 'issue, list and revoke API tokens',
    examples: ['pollwatch token list'],
  });
  addIssue(group, cli);
  defineCommand(group, {
    usage: 'list',
    summary: 'list the tokens; what was issued is never shown again',
    examples: ['pollwatch token list', 'pollwatch token list --json'],
  }).action(async (options: JsonOption) => {
    const tokens = await withCore(cli, ({ store }) => store.listTokens());
    cli.show(describeTokens(tokens, cli.clock.now()), options);
  });
  addRevoke(group, cli);
}

function addIssue(group: Command, cli: Surroundings): void {
  defineCommand(group, {
    usage: 'issue',
    summary: 'issue a token for a user and print it this once',
    about:
      'A client sends it as "Authorization: Bearer TOKEN", or in place of the password of the user. Without --days it does not end.',
    examples: ['pollwatch token issue alice --days 90'],
  })
    .argument('<user>', 'whose token it is', parseUserName)
    .option('--days <n>', 'for how many days it is good', parseDays)
    .action(async (user: string, options: IssueOptions) => {
      const { id, token, hash } = createToken(cli.ids);
      const createdAt = cli.clock.now();
      const expiresAt = endOf(createdAt, options.days);
      const stored: Token = {
        id,
        user,
        hash,
        createdAt,
        revoked: false,
        ...(expiresAt === undefined ? {} : { expiresAt }),
      };
      await withCore(cli, async ({ store }) => {
        await readPrincipal(store, user);
        await store.addToken(stored);
      });
      const expires = toTime(expiresAt);
      const text = [
        `Issued the token ${id} for ${user}; it ${expires === null ? 'does not end' : `ends at ${expires}`}.`,
        `The token, shown this once: ${token}`,
      ].join('\n');
      cli.show({ document: { id, token, user, expires }, text }, options);
    });
}

function addRevoke(group: Command, cli: Surroundings): void {
  defineCommand(group, {
    usage: 'revoke',
    summary: 'make a token worthless at once',
    examples: ['pollwatch token revoke 5f0c3d1e-6a0b-4c8e-9d57-2b1f0a9c7e44'],
  })
    .argument('<id>', 'the id of the token, as token list shows it')
    .action(async (id: string, options: JsonOption) => {
      // What is a secret is not repeated.
      if (isTokenShaped(id))
        throw new UsageError('Give the id of the token, not the token: pollwatch token list');
      await withCore(cli, async ({ store }) => {
        if (await store.revokeToken(id)) return;
        throw new AppError('input.invalid', {
          detail: `There is no token "${id}". List them with: pollwatch token list`,
        });
      });
      cli.show({ document: { id, revoked: true }, text: `Revoked the token ${id}.` }, options);
    });
}

function endOf(createdAt: Tick, days: number | undefined): Tick | undefined {
  return days === undefined ? undefined : createdAt + days * SECONDS_PER_DAY * MICROS_PER_SECOND;
}

function toTime(tick: Tick | undefined): string | null {
  return tick === undefined ? null : formatTick(tick);
}

function stateOf({ revoked, expiresAt }: Token, now: Tick): 'revoked' | 'expired' | 'active' {
  if (revoked) return 'revoked';
  return expiresAt !== undefined && now >= expiresAt ? 'expired' : 'active';
}

function describeTokens(tokens: readonly Token[], now: Tick): Answer {
  const documents = tokens.map((token) => ({
    id: token.id,
    user: token.user,
    created: formatTick(token.createdAt),
    expires: toTime(token.expiresAt),
    state: stateOf(token, now),
  }));
  const rows = documents.map(({ id, user, created, expires, state }) => [
    id,
    user,
    state,
    created,
    expires ?? 'never',
  ]);
  const text =
    rows.length === 0
      ? 'There are no tokens. Issue one with: pollwatch token issue USER'
      : formatTable(['ID', 'USER', 'STATE', 'CREATED', 'EXPIRES'], rows);
  return { document: { tokens: documents }, text };
}
