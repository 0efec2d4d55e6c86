import { listComparisons } from '../../pattern/comparison-list.ts';
import { parsePattern } from '../../pattern/parser.ts';
import type { ObjectPath } from '../../pattern/syntax-tree.ts';
import { memberOf } from '../../json.ts';
import { isPrivate, suggestName } from './custom-names.ts';
import type { WarningRule } from './subject.ts';
import type { WarningList } from './warning-list.ts';

/** The properties of each observable type. */
export type ObservableProperties = ReadonlyMap<string, ReadonlySet<string>>;

/** The types and properties that a STIX pattern names are those of observables (STIX 2.1, 9.7). */
export function createPatternRule(observables: ObservableProperties): WarningRule {
  return ({ object, type, path }, list) => {
    const pattern = memberOf(object, 'pattern');
    if (type !== 'indicator' || typeof pattern !== 'string') return;
    if (memberOf(object, 'pattern_type') !== 'stix') return;
    const parsed = parsePattern(pattern);
    if (!('expression' in parsed)) return;
    const told = new Set<string>();
    for (const { path: named } of listComparisons(parsed)) {
      const name = nameOf(named, observables);
      if (told.has(name)) continue;
      told.add(name);
      checkName(named, observables, `${path}/pattern`, list);
    }
  };
}

/** What is told once: the type when STIX has none of that name, else the property. */
function nameOf(path: ObjectPath, observables: ObservableProperties): string {
  return observables.has(path.objectType) ? `${path.objectType}:${propertyOf(path)}` : path.objectType;
}

/** What follows it may be of an object that it refers to. */
function propertyOf({ steps }: ObjectPath): string {
  const [first] = steps;
  return first?.kind === 'property' ? first.name : '';
}

function checkName(path: ObjectPath, observables: ObservableProperties, at: string, list: WarningList): void {
  const { objectType } = path;
  const properties = observables.get(objectType);
  const property = propertyOf(path);
  if (!properties) {
    if (isPrivate(objectType)) return;
    list.add(
      'pattern-names',
      at,
      () =>
        `names ${objectType}, which is no observable of STIX${suggestName(objectType, [...observables.keys()])}`,
    );
  } else if (!properties.has(property) && !isPrivate(property)) {
    list.add(
      'pattern-names',
      at,
      () =>
        `names ${objectType}:${property}, which STIX does not have${suggestName(property, [...properties])}`,
    );
  }
}
