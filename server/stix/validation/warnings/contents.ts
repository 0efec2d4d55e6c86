import { isJsonArray, isJsonObject, memberOf } from '../../json.ts';
import { isLowercaseHyphenated } from '../../values/word-form.ts';
import type { Subject } from './subject.ts';
import { describeForm } from './vocabulary-values.ts';
import type { WarningList } from './warning-list.ts';

/** 302: hashes of what a URL leads to (STIX 2.1, 2.5). */
export function warnOfReferences({ object, path }: Subject, list: WarningList): void {
  const references = memberOf(object, 'external_references');
  if (!isJsonArray(references)) return;
  references.forEach((reference, index) => {
    if (!isJsonObject(reference) || memberOf(reference, 'url') === undefined) return;
    if (memberOf(reference, 'hashes') !== undefined) return;
    list.add(302, `${path}/external_references/${index}`, () => 'has a url, but no hashes of what is there');
  });
}

/** 303: what people need to know an indicator by (STIX 2.1, 4.7). */
export function warnOfIndicator({ object, type, path }: Subject, list: WarningList): void {
  if (type !== 'indicator') return;
  const missing = ['name', 'description'].filter((name) => memberOf(object, name) === undefined);
  if (missing.length > 0) list.add(303, path, () => `lacks a ${missing.join(' and a ')}`);
}

/** 304: what STIX 2.1 advises against (STIX 2.1, 4.14). */
export function warnOfDeprecated({ object, type, path }: Subject, list: WarningList): void {
  if (type !== 'observed-data' || memberOf(object, 'objects') === undefined) return;
  list.add(304, `${path}/objects`, () => 'is of STIX 2.0; expected object_refs to observables of their own');
}

/** 305 and 306: what people and tools need to know of an extension (STIX 2.1, 7.3). */
export function warnOfExtensionDefinition({ object, type, path }: Subject, list: WarningList): void {
  if (type !== 'extension-definition') return;
  if (memberOf(object, 'description') === undefined) list.add(305, path, () => 'lacks a description');
  const kinds = memberOf(object, 'extension_types');
  if (!isJsonArray(kinds) || !kinds.includes('toplevel-property-extension')) return;
  if (memberOf(object, 'extension_properties') !== undefined) return;
  list.add(306, path, () => 'lacks extension_properties, the names of its top-level properties');
}

/** 143: the form of a product's name (STIX 2.1, 4.12). */
export function warnOfProduct({ object, type, path }: Subject, list: WarningList): void {
  if (type !== 'malware-analysis') return;
  const product = memberOf(object, 'product');
  if (typeof product !== 'string' || isLowercaseHyphenated(product)) return;
  list.add(143, `${path}/product`, () => describeForm(product));
}
