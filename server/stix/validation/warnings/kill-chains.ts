import { isJsonArray, isJsonObject, memberOf } from '../../json.ts';
import { isLowercaseHyphenated } from '../../values/word-form.ts';
import type { Subject } from './subject.ts';
import { describeForm } from './vocabulary-values.ts';
import type { WarningList } from './warning-list.ts';

/** 121: the names of kill chains and their phases (STIX 2.1, 2.11). */
export function warnOfKillChains({ object, path }: Subject, list: WarningList): void {
  const phases = memberOf(object, 'kill_chain_phases');
  if (!isJsonArray(phases)) return;
  phases.forEach((phase, index) => {
    if (!isJsonObject(phase)) return;
    for (const name of ['kill_chain_name', 'phase_name']) {
      const word = memberOf(phase, name);
      if (typeof word !== 'string' || isLowercaseHyphenated(word)) continue;
      list.add(121, `${path}/kill_chain_phases/${index}/${name}`, () => describeForm(word));
    }
  });
}
