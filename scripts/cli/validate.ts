import type { Command } from 'commander';
import { loadSettings } from '../../server/config/load.ts';
import { findPackageRoot } from '../../server/config/package-root.ts';
import type { DocumentChecks } from '../../server/stix/validation/check-document.ts';
import { readStixSchemas } from '../../server/stix/validation/schema-files.ts';
import { createValidator } from '../../server/stix/validation/validator.ts';
import { createBundleWarner, createWarner } from '../../server/stix/validation/warnings.ts';
import { describeFiles } from './check-report.ts';
import { checkFile, type CheckedFile } from './checked-file.ts';
import { defineCommand } from './command.ts';
import { STDIN } from './input-file.ts';
import { createProgress, NO_PROGRESS, type Progress } from './progress.ts';
import { UsageError } from './report-error.ts';
import type { JsonOption, Surroundings } from './surroundings.ts';

interface ValidateOptions extends JsonOption {
  readonly strict?: boolean;
  readonly warnings: boolean;
}

/** `validate`. */
export function addValidateCommand(program: Command, cli: Surroundings): void {
  defineCommand(program, {
    usage: 'validate',
    summary: 'check files against STIX 2.1, without uploading them',
    about:
      'A file holds one object, a bundle or an envelope. Each line says where something is wrong (file:line:column and a JSON pointer), what was expected and what was found. ' +
      'A warning, with its number, is about what STIX advises but does not demand; docs/validation.md explains each. No database is needed. ' +
      'The exit status is 1 when any file has an error or cannot be read.',
    examples: [
      'pollwatch validate bundle.json',
      'pollwatch validate reports/*.json --strict',
      'pollwatch validate - --no-warnings < bundle.json',
      "pollwatch validate bundle.json --json | jq '.files[].errors[].message'",
    ],
  })
    .argument('<file...>', 'the files; - is standard input')
    .option('--strict', 'a file with warnings is not valid either')
    .option('--no-warnings', 'look for errors alone')
    .action(async (files: readonly string[], options: ValidateOptions) => {
      requireUsage(files, options);
      const limits = loadSettings(cli.env);
      const checks = createChecks(options);
      const startProgress = (objects: number): Progress =>
        options.json ? NO_PROGRESS : createProgress(cli.stderr, objects, () => performance.now());
      const checked: CheckedFile[] = [];
      for (const file of files) {
        checked.push(await checkFile({ checks, stdin: cli.stdin, limits, startProgress }, file));
      }
      const isValid = options.strict ? isClean : hasNoError;
      cli.show(
        {
          document: { files: checked.map((each) => toRecord(each, isValid(each))) },
          text: describeFiles(checked),
          ...(checked.every(isValid) ? {} : { problem: '' }),
        },
        options,
      );
    });
}

function requireUsage(files: readonly string[], { strict, warnings }: ValidateOptions): void {
  if (files.filter((file) => file === STDIN).length > 1) {
    throw new UsageError('Standard input (-) can be read only once.');
  }
  if (strict && !warnings) throw new UsageError('Leave out --strict or --no-warnings.');
}

function createChecks({ warnings }: ValidateOptions): DocumentChecks {
  const schemas = readStixSchemas(findPackageRoot());
  const validator = createValidator(schemas);
  if (!warnings) return validator;
  return { ...validator, warn: createWarner(schemas), warnOfBundle: createBundleWarner(schemas) };
}

function hasNoError({ errorCount }: CheckedFile): boolean {
  return errorCount === 0;
}

function isClean({ errorCount, warningCount }: CheckedFile): boolean {
  return errorCount + warningCount === 0;
}

function toRecord(checked: CheckedFile, valid: boolean): unknown {
  const { file, objects = 0, errors, errorCount, warnings, warningCount } = checked;
  return { file, valid, objects, errorCount, errors, warningCount, warnings };
}
