import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { findPackageRoot } from '../../server/config/package-root.ts';
import { isJsonObject } from '../../server/stix/json.ts';
import { addBackupCommand } from './backup.ts';
import { addCollectionsCommand } from './collections.ts';
import { describeExamples } from './command.ts';
import { addCompletionCommand } from './completion.ts';
import { addCopyCommand } from './copy.ts';
import { addFeedCommands } from './feed.ts';
import { addImportDisarmCommand } from './import-disarm.ts';
import { addImportTakedownCommand } from './import-takedown.ts';
import { addOrganisationCommands } from './org.ts';
import { hideOptionValues } from './report-error.ts';
import { addRestoreCommand } from './restore.ts';
import { addServeCommand } from './serve.ts';
import { addSubmissionCommand } from './submission.ts';
import type { Surroundings } from './surroundings.ts';
import { addTokenCommands } from './token.ts';
import { addUploadCommand } from './upload.ts';
import { addUserCommands } from './user.ts';
import { addValidateCommand } from './validate.ts';

const ABOUT =
  'TAXII 2.1 feed server for intelligence on influence operations.\n\n' +
  'Settings are read from the environment (POLLWATCH_*). Commands work on the configured database directly, also while the server runs.';

/** The whole command line: all commands with their help. */
export function createProgram(surroundings: Surroundings): Command {
  const program = new Command('pollwatch')
    .description(ABOUT)
    .version(readVersion(), '--version', 'print the version')
    // Commands inherit these, so they stand before any is added.
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(hideOptionValues(text)) })
    .showHelpAfterError('Add --help to see how it is used.')
    .addHelpText(
      'after',
      describeExamples([
        'pollwatch serve',
        'pollwatch user add alice --org dhs --role analyst',
        'pollwatch upload bundle.json --as alice',
      ]),
    );
  addServeCommand(program, surroundings);
  addOrganisationCommands(program, surroundings);
  addUserCommands(program, surroundings);
  addTokenCommands(program, surroundings);
  addCollectionsCommand(program, surroundings);
  addValidateCommand(program, surroundings);
  addUploadCommand(program, surroundings);
  addImportDisarmCommand(program, surroundings);
  addImportTakedownCommand(program, surroundings);
  addSubmissionCommand(program, surroundings);
  addFeedCommands(program, surroundings);
  addBackupCommand(program, surroundings);
  addRestoreCommand(program, surroundings);
  addCopyCommand(program, surroundings);
  addCompletionCommand(program, surroundings);
  return program;
}

function readVersion(): string {
  const found: unknown = JSON.parse(readFileSync(join(findPackageRoot(), 'package.json'), 'utf8'));
  return isJsonObject(found) && typeof found['version'] === 'string' ? found['version'] : 'unknown';
}
