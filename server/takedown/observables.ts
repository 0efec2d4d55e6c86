import type { JsonObject } from '../domain/held.ts';
import { toPropertyName, toStringLiteral } from '../stix/pattern/writing.ts';
import { observableIdOf } from '../stix/values/observable-id.ts';
import { USER_ACCOUNT_PLATFORM } from '../stix/extension-ids.ts';
import type { Authenticity, Value } from './findings.ts';
import { titleOf } from './platforms.ts';

/** A thing that a row names, in all the forms that it takes in a bundle. */
export interface Observed {
  readonly object: JsonObject & { readonly id: string };
  /** For an indicator: a STIX pattern that finds it. */
  readonly pattern: string;
  readonly title: string;
}

/** What the list as a whole says about its accounts. */
export interface Standing {
  /** The platforms on which what is listed was removed. */
  readonly isRemovedOn: (platform: string) => boolean;
}

const MAX_TITLE_LENGTH = 200;

/** Turns a value into an observable and the pattern to find it by. */
export function toObserved(value: Value, authenticity: Authenticity, standing: Standing): Observed {
  switch (value.kind) {
    case 'account':
      return toAccount(value.account, authenticity, standing);
    case 'url':
      return toSimple('url', value.value, 'URL');
    case 'domain':
      return toSimple('domain-name', value.value, 'Domain');
    case 'email':
      return toSimple('email-addr', value.value, 'Email address');
    case 'address':
      return toSimple(value.type, value.value, 'IP address');
    case 'file':
      return toFile(value.algorithm, value.hash);
  }
}

function toSimple(type: string, value: string, word: string): Observed {
  const object = toScoBody(type, { value }, {});
  return {
    object,
    pattern: `[${type}:value = ${toStringLiteral(value)}]`,
    title: shorten(`${word} ${value}`),
  };
}

function toFile(algorithm: string, hash: string): Observed {
  const object = toScoBody('file', { hashes: { [algorithm]: hash } }, {});
  const pattern = `[file:hashes.${toPropertyName(algorithm)} = ${toStringLiteral(hash)}]`;
  return { object, pattern, title: shorten(`File ${hash}`) };
}

function toAccount(
  account: Extract<Value, { kind: 'account' }>['account'],
  authenticity: Authenticity,
  standing: Standing,
): Observed {
  const { platform, kind, login, userId, url } = account;
  const extension = {
    extension_type: 'property-extension',
    platform,
    asset_type: kind,
    ...(url === undefined ? {} : { page_url: url }),
    authenticity,
    ...(authenticity === 'inauthentic' && standing.isRemovedOn(platform) ? { status: 'removed' } : {}),
  };
  const contributing = {
    account_type: platform,
    ...(userId === undefined ? {} : { user_id: userId }),
    ...(login === undefined ? {} : { account_login: login }),
  };
  const object = toScoBody('user-account', contributing, {
    extensions: { [USER_ACCOUNT_PLATFORM]: extension },
  });
  const who =
    login === undefined
      ? `user-account:user_id = ${toStringLiteral(userId ?? '')}`
      : `user-account:account_login = ${toStringLiteral(login)}`;
  const byAccount = `[${who} AND user-account:account_type = ${toStringLiteral(platform)}]`;
  return {
    object,
    // Who sees traffic and not accounts finds it by its address.
    pattern: url === undefined ? byAccount : `${byAccount} OR [url:value = ${toStringLiteral(url)}]`,
    title: shorten(`${titleOf(platform)} ${kind} ${login ?? userId ?? ''}`),
  };
}

function toScoBody(
  type: string,
  contributing: JsonObject,
  rest: JsonObject,
): JsonObject & { readonly id: string } {
  return { type, spec_version: '2.1', id: observableIdOf(type, contributing), ...contributing, ...rest };
}

function shorten(text: string): string {
  return text.length <= MAX_TITLE_LENGTH ? text : `${text.slice(0, MAX_TITLE_LENGTH - 3).toWellFormed()}...`;
}
