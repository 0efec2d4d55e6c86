/** One kind of warning, as the documentation lists it. */
export interface CatalogueEntry {
  /** The number of the OASIS validator's check; a word where it has none. */
  readonly code: number | string;
  /** The name of the OASIS validator's check; of ours the code again. */
  readonly name: string;
  /** What the warning says, in one sentence. */
  readonly about: string;
  /** A short example of what gives it. */
  readonly example: string;
}
