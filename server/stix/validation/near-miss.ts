import { countEdits, isOneEditAway } from '../../domain/nearest-name.ts';

const MAX_LENGTH = 64;
/** One slip in three characters is still the same word. */
const CHARACTERS_PER_SLIP = 3;
/** One slip, or two letters that changed places, in so many is still the same word. */
const MIN_SWAPPED = 4;

/**
 * The name that was probably meant: alike but for case, blanks, hyphens and underscores, or a few slips.
 * @returns undefined when nothing is near, or the name is one of them
 */
export function findMeant(written: string, names: readonly string[]): string | undefined {
  if (written.length > MAX_LENGTH || names.includes(written)) return undefined;
  const folded = names.find((name) => fold(name) === fold(written));
  if (folded !== undefined) return folded;
  const swapped = names.find((name) => name.length >= MIN_SWAPPED && isOneEditAway(written, name));
  if (swapped !== undefined) return swapped;
  let nearest: string | undefined;
  let fewest = written.length / CHARACTERS_PER_SLIP;
  for (const name of names) {
    if (Math.abs(name.length - written.length) > fewest) continue;
    const edits = countEdits(written.toLowerCase(), name.toLowerCase());
    if (edits > fewest || edits * CHARACTERS_PER_SLIP > name.length || (edits === fewest && nearest))
      continue;
    nearest = name;
    fewest = edits;
  }
  return nearest;
}

function fold(name: string): string {
  return name.toLowerCase().replaceAll(/[\s_-]/g, '');
}
