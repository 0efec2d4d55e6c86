// Far more than any entry of the dictionary.
const MAX_LENGTH = 8192;

/** ANY, or characters with wildcards at the ends: one asterisk or any number of question marks. NA is a hyphen. */
const VALUE = String.raw`(?:(?:\*|\?+)?(?:[\w.-]|\\[\\?*!"#$%&'()+,/:;<=>@[\]^\x60{|}~])+(?:\*|\?+)?|\*)`;
const LANGUAGE = '(?:[*-]|[a-zA-Z]{2,3}(?:-(?:[a-zA-Z]{2}|[0-9]{3}))?)';
// The pieces of a value begin with different characters, so there is one way to read a text.
const FORMATTED_STRING = new RegExp(`^cpe:2\\.3:[aoh*-](?::${VALUE}){5}:${LANGUAGE}(?::${VALUE}){4}$`);

/**
 * Whether a text is a CPE 2.3 formatted string (NISTIR 7695, 6.2.3): prefix, version and the eleven attributes, each
 * escaped as it says.
 */
export function isCpe23(text: string): boolean {
  return text.length <= MAX_LENGTH && FORMATTED_STRING.test(text);
}
