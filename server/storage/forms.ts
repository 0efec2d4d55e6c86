import { AUDIENCES, CONSENTS, TLP_LEVELS } from '../domain/collection.ts';
import { parseMembers } from './json-bounds.ts';

/**
 * Looks at a value of unknown origin.
 * @returns the path to what is wrong in it, empty for the value itself; undefined when nothing is
 */
export type Form = (value: unknown) => string | undefined;

export function is(test: (value: unknown) => boolean): Form {
  return (value) => (test(value) ? undefined : '');
}

export function textThat(test: (text: string) => boolean): Form {
  return is((value) => typeof value === 'string' && test(value));
}

/** Whole and small enough to be counted up, ever. */
export function wholeFrom(min: number): Form {
  return is((value) => Number.isSafeInteger(value) && Number(value) >= min && Number(value) < 2 ** 53 - 1);
}

export function oneOf(values: readonly string[]): Form {
  return textThat((text) => values.includes(text));
}

export function optional(form: Form): Form {
  return (value) => (value === undefined ? undefined : form(value));
}

export function listOf(form: Form): Form {
  return (value) => {
    if (!Array.isArray(value)) return '';
    for (const [place, item] of value.entries()) {
      const fault = form(item);
      if (fault !== undefined) return toPath(String(place), fault);
    }
    return undefined;
  };
}

export function shape(forms: Readonly<Record<string, Form>>): Form {
  const list = Object.entries(forms);
  return (value) => {
    const members = parseMembers(value);
    if (!members) return '';
    for (const [name, form] of list) {
      const fault = form(members[name]);
      if (fault !== undefined) return toPath(name, fault);
    }
    return undefined;
  };
}

function toPath(name: string, rest: string): string {
  return rest === '' ? name : `${name}.${rest}`;
}

/** One form for all members, and another one that a member chooses. */
export function chosenBy(name: string, forms: Readonly<Record<string, Form>>): Form {
  return (value) => {
    const choice = parseMembers(value)?.[name];
    if (typeof choice !== 'string' || !Object.hasOwn(forms, choice)) return name;
    return forms[choice]?.(value);
  };
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const SHA_256 = /^[0-9a-f]{64}$/;

export const text = textThat(() => true);
export const name = textThat((value) => value !== '');
export const flag = is((value) => typeof value === 'boolean');
export const count = wholeFrom(0);
export const uuid = textThat((value) => UUID.test(value));
export const sha256 = textThat((value) => SHA_256.test(value));
export const tlp = oneOf(TLP_LEVELS);
export const audiences = listOf(oneOf(AUDIENCES));
/** What is taken for an object that says nothing itself, as far as anything is. */
export const someDefaults = shape({
  tlp: optional(tlp),
  audiences: optional(audiences),
  consent: optional(oneOf(CONSENTS)),
});
