import { isNamePart, isNameStart, MINUS } from './characters.ts';
import { findWord } from './keywords.ts';

/** Quotes and escapes a text as a string literal of a pattern (STIX 2.1, 9.2). */
export function toStringLiteral(text: string): string {
  return `'${text.replaceAll(/['\\]/g, '\\$&')}'`;
}

/** Whether a property name may stand in an object path without quotes. */
function isPlainPropertyName(name: string): boolean {
  if (!isNameStart(name.charCodeAt(0))) return false;
  for (let at = 1; at < name.length; at += 1) {
    const code = name.charCodeAt(at);
    if (code === MINUS || !isNamePart(code)) return false;
  }
  return findWord(name) === undefined;
}

/** Writes a property name as it stands in an object path: in quotes only where they are needed. */
export function toPropertyName(name: string): string {
  return isPlainPropertyName(name) ? name : toStringLiteral(name);
}
