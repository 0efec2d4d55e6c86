import { AppError } from '../domain/errors.ts';
import type { Setting } from './setting-kinds.ts';
import { findConflicts, type ReadValues } from './setting-rules.ts';
import { PREFIX, SETTINGS, type SettingValues } from './settings.ts';
import { findUnknownNames, KUBERNETES_HINT, SERVICE_ADDRESS } from './unknown-names.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What the environment asks for. Durations are in milliseconds (`…Ms`), sizes in bytes (`…Bytes`). */
export type Settings = Omit<SettingValues, 'sample'> & {
  /** Whether a new, empty database may be filled with the example: not with a database of the operator's own, nor in production. */
  readonly sampleAllowed: boolean;
};

const SHOWN_LENGTH = 80;

/**
 * Reads all settings from the environment. An empty value counts as not set.
 * @throws AppError `config.invalid` with one line for each problem: what was found, what is wanted, and what to do.
 */
export function loadSettings(env: Environment): Settings {
  const isSet = (name: string): boolean => readText(env, name) !== undefined;
  const { values, problems } = parseValues(env);
  problems.push(...findConflicts(values, isSet), ...findUnknownNames(env));
  if (problems.length > 0 || !isComplete(values)) {
    throw new AppError('config.invalid', { detail: ['The settings are not right:', ...problems].join('\n') });
  }
  const { sample, ...rest } = values;
  const isProduction = env['NODE_ENV']?.trim().toLowerCase() === 'production';
  return Object.freeze({ ...rest, sampleAllowed: sample && !isSet('DATABASE_URL') && !isProduction });
}

function readText(env: Environment, name: string): string | undefined {
  const text = env[PREFIX + name];
  return text === '' ? undefined : text;
}

function isComplete(values: ReadValues): values is SettingValues {
  return Object.keys(SETTINGS).every((key) => key in values);
}

function parseValues(env: Environment): { readonly values: ReadValues; readonly problems: string[] } {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [key, setting] of Object.entries<Setting<unknown>>(SETTINGS)) {
    const text = readText(env, setting.name) ?? setting.defaultText;
    const reading = text === undefined ? { value: undefined } : setting.parse(text);
    if ('value' in reading) values[key] = reading.value;
    else problems.push(describeProblem(setting, text ?? '', reading.wanted));
  }
  return { values, problems };
}

function describeProblem(setting: Setting<unknown>, text: string, wanted: string): string {
  const remedy = setting.defaultText === undefined ? 'remove it' : `remove it to have ${setting.defaultText}`;
  const hint = SERVICE_ADDRESS.test(text) ? ` ${KUBERNETES_HINT}.` : '';
  return `${PREFIX}${setting.name}: found ${showValue(setting, text)}, wanted ${wanted}. Correct it, or ${remedy}.${hint}`;
}

function showValue(setting: Setting<unknown>, text: string): string {
  if (setting.secret) return 'a value that is not shown because it may hold a password';
  return text.length > SHOWN_LENGTH
    ? `${JSON.stringify(text.slice(0, SHOWN_LENGTH))} and more`
    : JSON.stringify(text);
}
