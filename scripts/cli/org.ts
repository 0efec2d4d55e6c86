import { Option, type Command } from 'commander';
import { addOrganisation, type Core } from '../../server/core.ts';
import { AUDIENCES, type Audience } from '../../server/domain/collection.ts';
import type { Organisation } from '../../server/domain/directory.ts';
import { AppError } from '../../server/domain/errors.ts';
import { parseIdentity, parseOrganisationId, parseTitle } from './arguments.ts';
import { defineCommand, defineGroup } from './command.ts';
import { withCore } from './open-core.ts';
import type { Answer, JsonOption, Surroundings } from './surroundings.ts';
import { formatTable } from './table.ts';

interface AddOptions extends JsonOption {
  readonly name: string;
  readonly audience: Audience;
  readonly identity?: string;
  readonly hub?: boolean;
}

/** `org add` and `org list`. */
export function addOrganisationCommands(program: Command, cli: Surroundings): void {
  const group = defineGroup(program, {
    usage: 'org',
    summary: 'add and list organisations',
    examples: ['pollwatch org list'],
  });
  defineCommand(group, {
    usage: 'add',
    summary: 'add an organisation',
    examples: [
      'pollwatch org add nass --name "Secretaries of State" --audience state',
      'pollwatch org add dhs --name DHS --audience federal --hub --identity identity--f1a8…',
    ],
  })
    .argument('<id>', 'how grants and users name it', parseOrganisationId)
    .requiredOption('--name <name>', 'what people call it', parseTitle)
    .addOption(
      new Option('--audience <audience>', 'which audience it belongs to')
        .choices(AUDIENCES)
        .makeOptionMandatory(),
    )
    .option('--identity <id>', 'its STIX identity, identity--UUID', parseIdentity)
    .option('--hub', 'it runs the hub: its analysts see and decide what others submitted')
    .action(async (id: string, options: AddOptions) => {
      const { name, audience, identity, hub = false } = options;
      const organisation = { id, name, audience, hub, ...(identity === undefined ? {} : { identity }) };
      await withCore(cli, (core) => add(core, organisation));
      const text = `Added the organisation ${id}. Add a user with: pollwatch user add NAME --org ${id} --role partner`;
      cli.show({ document: toDocument(organisation), text }, options);
    });
  defineCommand(group, {
    usage: 'list',
    summary: 'list the organisations',
    examples: ['pollwatch org list', 'pollwatch org list --json'],
  }).action(async (options: JsonOption) => {
    cli.show(describe(await withCore(cli, ({ store }) => store.listOrganisations())), options);
  });
}

async function add(core: Core, organisation: Organisation): Promise<void> {
  if (organisation.identity?.toLowerCase() === core.deployment.hubIdentity) {
    throw new AppError('input.invalid', { detail: 'This identity is the hub itself. Choose another one.' });
  }
  if (!(await addOrganisation(core, organisation))) throw await explainTaken(core, organisation);
}

async function explainTaken({ store }: Core, { id, identity }: Organisation): Promise<AppError> {
  const organisations = await store.listOrganisations();
  const detail = organisations.some((each) => each.id === id)
    ? `There is an organisation "${id}" already. Choose another id.`
    : `The organisation "${organisations.find((each) => each.identity === identity)?.id ?? ''}" has this identity already.`;
  return new AppError('input.invalid', { detail });
}

function toDocument({ id, name, audience, identity, hub }: Organisation): object {
  return { id, name, audience, identity: identity ?? null, hub };
}

function describe(organisations: readonly Organisation[]): Answer {
  const rows = organisations.map(({ id, name, audience, hub, identity }) => [
    id,
    name,
    audience,
    hub ? 'yes' : '',
    identity ?? '',
  ]);
  const text =
    rows.length === 0
      ? 'There are no organisations. Add one with: pollwatch org add'
      : formatTable(['ID', 'NAME', 'AUDIENCE', 'HUB', 'IDENTITY'], rows);
  return { document: { organisations: organisations.map(toDocument) }, text };
}
