import { isJsonArray, memberOf } from '../../json.ts';
import type { ListChecks } from '../../values/list-checks.ts';
import { show } from '../describe.ts';
import { toPointerStep } from '../faults.ts';
import type { WarningCode } from './catalogue.ts';
import { membersAt } from './members-at.ts';
import type { Subject, WarningRule } from './subject.ts';
import type { WarningList } from './warning-list.ts';

/** A registry, and what a warning calls one of its values. */
interface Registry {
  readonly code: WarningCode;
  readonly has: (text: string) => boolean;
  readonly expected: string;
}

/** A dictionary whose keys are values of a registry. */
interface RegisteredKeys extends Registry {
  readonly type: string;
  readonly path: readonly string[];
}

/** 271 to 277: values that registries keep (STIX 2.1, 4.10, 6.7 and 6.12). */
export function createRegistryRule(lists: ListChecks): WarningRule {
  const mediaType: Registry = {
    code: 271,
    has: lists.isMediaType,
    expected: 'a registered media type, such as text/html',
  };
  const protocol: Registry = {
    code: 272,
    has: lists.isServiceName,
    expected: 'a registered protocol in lower case, such as tcp',
  };
  const country: Registry = {
    code: 277,
    has: lists.isCountry,
    expected: 'a code of two letters, such as US',
  };
  const keys = listRegisteredKeys(lists);
  return (subject, list) => {
    const { object, type, path } = subject;
    if (type === 'file') checkText(mediaType, memberOf(object, 'mime_type'), `${path}/mime_type`, list);
    if (type === 'location') checkText(country, memberOf(object, 'country'), `${path}/country`, list);
    if (type === 'network-traffic') checkProtocols(protocol, subject, list);
    for (const each of keys) if (each.type === type) checkKeys(each, subject, list);
  };
}

function listRegisteredKeys(lists: ListChecks): readonly RegisteredKeys[] {
  const type = 'network-traffic';
  return [
    {
      code: 273,
      type,
      path: ['ipfix'],
      has: lists.isIpfixElement,
      expected: 'a registered element, such as minimumTTL',
    },
    {
      code: 274,
      type,
      path: ['extensions', 'http-request-ext', 'request_header'],
      has: lists.isHttpRequestHeader,
      expected: 'a known request header, such as User-Agent',
    },
    {
      code: 275,
      type,
      path: ['extensions', 'socket-ext', 'options'],
      has: lists.isSocketOption,
      expected: 'a known socket option, such as SO_KEEPALIVE',
    },
    {
      code: 276,
      type: 'file',
      path: ['extensions', 'pdf-ext', 'document_info_dict'],
      has: lists.isPdfInformationKey,
      expected: 'a key that PDF has, such as Title',
    },
  ];
}

function checkProtocols(registry: Registry, { object, path }: Subject, list: WarningList): void {
  const protocols = memberOf(object, 'protocols');
  if (!isJsonArray(protocols)) return;
  protocols.forEach((each, index) => checkText(registry, each, `${path}/protocols/${index}`, list));
}

function checkKeys({ path: steps, ...registry }: RegisteredKeys, subject: Subject, list: WarningList): void {
  const at = `${subject.path}/${steps.join('/')}`;
  for (const key of Object.keys(membersAt(subject.object, steps))) {
    checkText(registry, key, `${at}${toPointerStep(key)}`, list);
  }
}

function checkText({ code, has, expected }: Registry, text: unknown, at: string, list: WarningList): void {
  if (typeof text !== 'string' || has(text)) return;
  list.add(code, at, () => `expected ${expected}, found ${show(text)}`);
}
