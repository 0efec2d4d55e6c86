import { Option, type Command } from 'commander';
import { createPasswordHasher } from '../../server/auth/passwords.ts';
import type { Core } from '../../server/core.ts';
import { ROLES, type Role } from '../../server/domain/access.ts';
import type { User } from '../../server/domain/directory.ts';
import { AppError } from '../../server/domain/errors.ts';
import { parseSubject, parseUserName } from './arguments.ts';
import { defineCommand, defineGroup } from './command.ts';
import { withCore } from './open-core.ts';
import { readLine } from './read-input.ts';
import type { Answer, JsonOption, Surroundings } from './surroundings.ts';
import { formatTable } from './table.ts';

interface PasswordOptions extends JsonOption {
  readonly passwordStdin?: boolean;
}

interface AddOptions extends PasswordOptions {
  readonly org: string;
  readonly role: Role;
  readonly certificate?: string;
}

interface Password {
  readonly password: string;
  /** It was made here, so somebody has to be told. */
  readonly isNew: boolean;
}

const PASSWORD_BYTES = 18;
const STDIN_OPTION = ['--password-stdin', 'read the password from standard input, one line'] as const;

/** `user add`, `user list`, `user passwd` and `user disable`. */
export function addUserCommands(program: Command, cli: Surroundings): void {
  const group = defineGroup(program, {
    usage: 'user',
    summary: 'add, list and disable users, and set passwords',
    examples: ['pollwatch user list'],
  });
  addAdd(group, cli);
  defineCommand(group, {
    usage: 'list',
    summary: 'list the users',
    examples: ['pollwatch user list', 'pollwatch user list --json'],
  }).action(async (options: JsonOption) => {
    cli.show(describeUsers(await withCore(cli, ({ store }) => store.listUsers())), options);
  });
  addPasswd(group, cli);
  defineCommand(group, {
    usage: 'disable',
    summary: 'lock a user out, with all its tokens, at once',
    examples: ['pollwatch user disable alice'],
  })
    .argument('<name>', 'the user', parseUserName)
    .action(async (name: string, options: JsonOption) => {
      await withCore(cli, async ({ store }) => {
        if (!(await store.disableUser(name))) throw unknownUser(name);
      });
      cli.show({ document: { name, disabled: true }, text: `Disabled the user ${name}.` }, options);
    });
}

function addAdd(group: Command, cli: Surroundings): void {
  defineCommand(group, {
    usage: 'add',
    summary: 'add a user',
    about: 'Without --password-stdin a random password is made and printed this once.',
    examples: [
      'pollwatch user add alice --org dhs --role analyst',
      'pollwatch user add bob --org nass --role partner --password-stdin < password.txt',
    ],
  })
    .argument('<name>', 'the name to sign in with', parseUserName)
    .requiredOption('--org <id>', 'the organisation', parseUserName)
    .addOption(new Option('--role <role>', 'what the user may do').choices(ROLES).makeOptionMandatory())
    .option(...STDIN_OPTION)
    .option('--certificate <subject>', 'the subject of a client certificate', parseSubject)
    .action(async (name: string, options: AddOptions) => {
      const { org, role, certificate } = options;
      const { password, isNew } = await withCore(cli, (core) => addUser(core, cli, name, options));
      const document = {
        name,
        org,
        role,
        certificate: certificate ?? null,
        password: isNew ? password : null,
      };
      const text = `Added the user ${name}.${isNew ? `\n${describePassword(password)}` : ''}`;
      cli.show({ document, text }, options);
    });
}

function addPasswd(group: Command, cli: Surroundings): void {
  defineCommand(group, {
    usage: 'passwd',
    summary: 'give a user another password',
    about:
      'Without --password-stdin a random password is made and printed this once. Tokens stay as they are.',
    examples: ['pollwatch user passwd alice', 'pollwatch user passwd alice --password-stdin < password.txt'],
  })
    .argument('<name>', 'the user', parseUserName)
    .option(...STDIN_OPTION)
    .action(async (name: string, options: PasswordOptions) => {
      const { password, isNew } = await withCore(cli, async ({ store }) => {
        if (!(await store.findUser(name))) throw unknownUser(name);
        const chosen = await choosePassword(cli, options);
        if (!(await store.setPasswordHash(name, await hash(cli, chosen)))) throw unknownUser(name);
        return chosen;
      });
      const text = `Changed the password of ${name}.${isNew ? `\n${describePassword(password)}` : ''}`;
      cli.show({ document: { name, password: isNew ? password : null }, text }, options);
    });
}

async function addUser(
  { store }: Core,
  cli: Surroundings,
  name: string,
  options: AddOptions,
): Promise<Password> {
  const { org, role, certificate } = options;
  if (!(await store.findOrganisation(org))) {
    throw new AppError('input.invalid', {
      detail: `There is no organisation "${org}". List them with: pollwatch org list`,
    });
  }
  if (await store.findUser(name)) throw takenName(name);
  const chosen = await choosePassword(cli, options);
  const user: User = {
    name,
    org,
    role,
    passwordHash: await hash(cli, chosen),
    disabled: false,
    ...(certificate === undefined ? {} : { certificate }),
  };
  if (await store.addUser(user)) return chosen;
  if (await store.findUser(name)) throw takenName(name);
  throw new AppError('input.invalid', { detail: 'Another user has this certificate already.' });
}

async function choosePassword(cli: Surroundings, { passwordStdin }: PasswordOptions): Promise<Password> {
  if (passwordStdin) return { password: await readLine(cli.stdin), isNew: false };
  const password = Buffer.from(cli.ids.secret(PASSWORD_BYTES)).toString('base64url');
  return { password, isNew: true };
}

function hash({ ids }: Surroundings, { password }: Password): Promise<string> {
  return createPasswordHasher({ ids }).hashPassword(password);
}

function describePassword(password: string): string {
  return `Its password, shown this once: ${password}`;
}

function unknownUser(name: string): AppError {
  return new AppError('input.invalid', {
    detail: `There is no user "${name}". List them with: pollwatch user list`,
  });
}

function takenName(name: string): AppError {
  return new AppError('input.invalid', { detail: `There is a user "${name}" already. Choose another name.` });
}

function describeUsers(users: readonly User[]): Answer {
  const documents = users.map(({ name, org, role, certificate, disabled }) => ({
    name,
    org,
    role,
    certificate: certificate ?? null,
    disabled,
  }));
  const rows = users.map(({ name, org, role, certificate, disabled }) => [
    name,
    org,
    role,
    disabled ? 'disabled' : 'active',
    certificate ?? '',
  ]);
  const text =
    rows.length === 0
      ? 'There are no users. Add one with: pollwatch user add'
      : formatTable(['NAME', 'ORG', 'ROLE', 'STATE', 'CERTIFICATE'], rows);
  return { document: { users: documents }, text };
}
