import { Unreadable } from './fault.ts';

const SHOWN_LENGTH = 40;

/** What a message cannot show: control and format characters, line ends. */
const UNSHOWN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** A piece of a pattern as a message shows it: in double quotes, a long one cut. */
export function quote(piece: string): string {
  const shown = piece.slice(0, SHOWN_LENGTH).toWellFormed().replaceAll(UNSHOWN, '\u{fffd}');
  return `"${shown}${piece.length > SHOWN_LENGTH ? '...' : ''}"`;
}

/** For a backslash in a string that is followed by something else than a quote or a backslash. */
export function toEscapeFault(text: string, start: number, at: number): Unreadable {
  if (at + 1 >= text.length) return toOpenStringFault(start, false);
  const escaped = String.fromCodePoint(text.codePointAt(at + 1) ?? 0);
  return new Unreadable(
    at,
    `Found ${quote(`\\${escaped}`)} in a string, where a backslash stands before another one or before a ` +
      'single quote only. Write \\\\ for a backslash.',
  );
}

/** For a string without its closing quote. */
export function toOpenStringFault(start: number, isEscaped: boolean): Unreadable {
  const hint = isEscaped
    ? " In a string \\' is a quote and does not close it; write \\\\ for a backslash."
    : '';
  return new Unreadable(start, `The string that begins here has no closing single quote.${hint}`);
}

/** For what begins like a number and goes on like something else. */
export function toNumberFault(text: string, start: number, hasLeadingZero: boolean): Unreadable {
  const [piece = ''] = /^[\w.:/+-]*/.exec(text.slice(start, start + SHOWN_LENGTH + 1)) ?? [];
  return new Unreadable(start, `${quote(piece)} is no number. ${hintForNumber(piece, hasLeadingZero)}`);
}

function hintForNumber(piece: string, hasLeadingZero: boolean): string {
  if (/^[+-]?0[xX]/.test(piece)) return "Write it in decimal, or bytes as h'..'.";
  if (/^[+-]?[\d.]+[eE][+-]?\d+$/.test(piece)) return 'Write it without an exponent.';
  if (hasLeadingZero && /^[+-]?\d+$/.test(piece)) return 'Leave the leading zero out.';
  if (/^\d+[A-Za-z_]/.test(piece))
    return 'A name begins with a letter or "_"; a text stands in single quotes.';
  return 'Put a text in single quotes.';
}
