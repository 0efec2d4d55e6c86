import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import {
  FEED_DIRECTIONS,
  type FeedDirection,
  type FeedMatch,
  type FeedSecret,
} from '../../server/domain/feed.ts';
import type { Tick } from '../../server/domain/timestamp.ts';
import type { FeedRequest } from '../../server/sync/feed-services.ts';
import { parseTime, parseUserName } from './arguments.ts';
import { defineCommand } from './command.ts';
import { describeAdded } from './feed-added.ts';
import { checkRequest, parseFeedName, parseMatch, readAuth } from './feed-arguments.ts';
import { withFeeds } from './feed-session.ts';
import { addDefaultsOptions, toDefaults, type DefaultsOptions } from './release-terms.ts';
import type { JsonOption, Surroundings } from './surroundings.ts';

interface AddOptions extends JsonOption, DefaultsOptions {
  readonly url: string;
  readonly collection: string;
  readonly direction: FeedDirection;
  readonly cron: string;
  readonly auth?: string;
  readonly secretEnv?: string;
  readonly secretFile?: string;
  readonly org: string;
  readonly into?: string;
  readonly from?: string;
  readonly match?: FeedMatch;
  readonly since?: Tick;
  readonly allowPrivate?: boolean;
  readonly caFile?: string;
}

/** `feed add`. */
export function addAddCommand(group: Command, cli: Surroundings): void {
  const command = defineCommand(group, {
    usage: 'add',
    summary: "add a feed: a partner's collection, and when to pull from it or push to it",
    about:
      'A secret is named, never given: the server reads the variable or the file at each run. The schedule counts in UTC.',
    examples: [
      'pollwatch feed add attack --url https://attack-taxii.mitre.org/api/v21/ --collection "Enterprise ATT&CK" --direction pull --cron "0 4 * * *" --org dhs --into reference',
      'pollwatch feed add nass-pull --url https://taxii.nass.example/taxii2/ --collection state --direction pull --cron "*/15 * * * *" --auth basic:hub --secret-env FEED_NASS --org nass',
      'pollwatch feed add nass-push --url https://taxii.nass.example/api1/ --collection inbox --direction push --cron "*/5 * * * *" --auth bearer --secret-file /run/secrets/nass --org nass --from state',
    ],
  })
    .argument('<name>', 'how commands call it; it uploads as feed:NAME', parseFeedName)
    .requiredOption('--url <url>', "the partner's API root, or its discovery (/taxii2/)")
    .requiredOption('--collection <name>', "the id, alias or title of the partner's collection")
    .addOption(
      new Option('--direction <direction>', 'who sends: pull is the partner, push are we')
        .choices(FEED_DIRECTIONS)
        .makeOptionMandatory(),
    )
    .requiredOption('--cron <expression>', 'when, in UTC: "*/15 * * * *" is every quarter of an hour');
  addPartnerOptions(command);
  addOurOptions(command).action(async (name: string, options: AddOptions) => {
    const request = readRequest(name, options, cli.clock.now());
    const answer = await withFeeds(cli, name, async (session) => {
      const { service } = session;
      await service.add(request);
      return describeAdded(cli, session, await service.show(name));
    });
    cli.show(answer, options);
  });
}

function addPartnerOptions(command: Command): Command {
  return command
    .option('--auth <kind>', 'basic:USER, bearer, token, header:NAME or cert (default: no credentials)')
    .option('--secret-env <variable>', 'the environment variable that holds the secret at each run')
    .addOption(
      new Option('--secret-file <path>', 'the file that holds the secret at each run').conflicts('secretEnv'),
    )
    .option('--ca-file <path>', 'PEM file with more authorities to check its certificate against')
    .option('--allow-private', 'allow private and loopback addresses, and plain HTTP to these');
}

function addOurOptions(command: Command): Command {
  const ours = command
    .requiredOption('--org <id>', 'the organisation that the partner is; its rights count', parseUserName)
    .option('--into <collection>', 'pull: where objects go, by id or alias (default: the intake collection)')
    .option('--from <collection>', 'push: whose entries are sent, by id or alias');
  return addDefaultsOptions(ours, 'pull: ')
    .option('--match <filter>', 'only these types: type=indicator,campaign', parseMatch)
    .option('--since <time>', 'only what was added after this time (RFC 3339)', parseTime);
}

/** @throws UsageError when it cannot be meant; what has to be looked up is left to the service */
function readRequest(name: string, options: AddOptions, now: Tick): FeedRequest {
  const { url, collection, direction, cron, org, into, from, match, since, caFile } = options;
  const request: FeedRequest = {
    name,
    url,
    collection: collection.trim(),
    direction,
    cron: cron.trim(),
    auth: options.auth === undefined ? { kind: 'none' } : readAuth(options.auth),
    secret: toSecret(options),
    caFile: caFile === undefined ? undefined : resolve(caFile),
    org,
    into,
    from,
    defaults: toDefaults(options),
    match,
    since,
    allowPrivate: options.allowPrivate ?? false,
  };
  checkRequest(request, now);
  return request;
}

/** Paths are made whole: the server may stand in another folder. */
function toSecret({ secretEnv, secretFile }: AddOptions): FeedSecret | undefined {
  if (secretEnv !== undefined) return { env: secretEnv };
  return secretFile === undefined ? undefined : { file: resolve(secretFile) };
}
