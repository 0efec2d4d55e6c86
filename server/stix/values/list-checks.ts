import { createLanguageTagCheck } from './language-tag.ts';
import { readList, toLowerCaseSet, type ListName } from './lists.ts';

type Check = (text: string) => boolean;

/** The checks of single values that need a list of `schemas/lists`. */
export interface ListChecks {
  /** A valid tag of RFC 5646 (`lang`, the keys of `contents`). */
  readonly isLanguageTag: Check;
  /** A valid tag of RFC 5646 or a code of ISO 639-2 (`software.languages`). */
  readonly isSoftwareLanguage: Check;
  /** A `type/subtype` without parameters that is registered or in common use (`artifact.mime_type`; warning 271). */
  readonly isMediaType: Check;
  /** A preferred MIME name of the registry, or the name where there is none (`path_enc`, `name_enc`). */
  readonly isCharacterSet: Check;
  /** Warning 272. */
  readonly isServiceName: Check;
  /** Warning 273. */
  readonly isIpfixElement: Check;
  /** Warning 274. */
  readonly isHttpRequestHeader: Check;
  /** Warning 275. */
  readonly isSocketOption: Check;
  /** Warning 276. */
  readonly isPdfInformationKey: Check;
  /** Warning 277. */
  readonly isCountry: Check;
}

// The longest registered name has 103 characters.
const MAX_LENGTH = 255;

/**
 * Reads the lists and makes the checks of them. About 20 ms, so make them once.
 * @param packageRoot the folder with `schemas`
 */
export function createListChecks(packageRoot: string): ListChecks {
  const subtags = (member: string) => readList(packageRoot, 'language-subtags', member);
  const isLanguageTag = createLanguageTagCheck({
    languages: subtags('languages'),
    extendedLanguages: subtags('extendedLanguages'),
    scripts: subtags('scripts'),
    regions: subtags('regions'),
    variants: subtags('variants'),
  });
  const isIsoLanguage = createCaselessCheck(packageRoot, 'iso-639-2');
  return {
    isLanguageTag,
    isSoftwareLanguage: (text) => isIsoLanguage(text) || isLanguageTag(text),
    // RFC 2045, 5.1: type and subtype are compared without regard to case.
    isMediaType: createCaselessCheck(packageRoot, 'media-types', 'inUse'),
    isCharacterSet: createCaselessCheck(packageRoot, 'character-sets'),
    isServiceName: createServiceNameCheck(packageRoot),
    isIpfixElement: createExactCheck(packageRoot, 'ipfix-elements'),
    isHttpRequestHeader: createCaselessCheck(packageRoot, 'http-request-headers'),
    isSocketOption: createExactCheck(packageRoot, 'socket-options'),
    isPdfInformationKey: createExactCheck(packageRoot, 'pdf-document-information'),
    isCountry: createCaselessCheck(packageRoot, 'countries'),
  };
}

function createExactCheck(packageRoot: string, name: ListName): Check {
  const values = readList(packageRoot, name);
  return (text) => values.has(text);
}

function createCaselessCheck(packageRoot: string, name: ListName, ...more: readonly string[]): Check {
  const listed = ['values', ...more].flatMap((member) => [...readList(packageRoot, name, member)]);
  const values = toLowerCaseSet(new Set(listed));
  return (text) => values.has(text) || (text.length <= MAX_LENGTH && values.has(text.toLowerCase()));
}

/** As the registry spells it or in lower case, which STIX asks for; `TCP` is neither. */
function createServiceNameCheck(packageRoot: string): Check {
  const registered = readList(packageRoot, 'service-names');
  const values = new Set([...registered, ...toLowerCaseSet(registered)]);
  return (text) => values.has(text);
}
