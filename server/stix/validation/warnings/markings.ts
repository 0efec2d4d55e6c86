import { memberOf } from '../../json.ts';
import { isLowercaseHyphenated } from '../../values/word-form.ts';
import { show } from '../describe.ts';
import type { Subject } from './subject.ts';
import { describeForm } from './vocabulary-values.ts';
import type { WarningList } from './warning-list.ts';

const KINDS = ['statement', 'tlp'];

/** 201, 111 and 401: the kind of a marking-definition (STIX 2.1, 7.2.1). */
export function warnOfMarking({ object, type, path }: Subject, list: WarningList): void {
  if (type !== 'marking-definition') return;
  const kind = memberOf(object, 'definition_type');
  if (typeof kind !== 'string' || KINDS.includes(kind)) return;
  const at = `${path}/definition_type`;
  list.add(201, at, () => `expected one of ${KINDS.join(', ')}, found ${show(kind)}`);
  if (!isLowercaseHyphenated(kind)) list.add(111, at, () => describeForm(kind));
  if (memberOf(object, 'extensions') !== undefined) return;
  list.add(401, at, () => 'other kinds of markings belong in an extension with an extension-definition');
}
