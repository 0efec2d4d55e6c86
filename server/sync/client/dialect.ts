import type { PageQuery } from './taxii-client.ts';
import type { QueryForm } from './partner-urls.ts';

/** What was found out about how a partner wants to be asked, for as long as the client lives. */
export interface Dialect {
  /** The forms to try for a query, the likeliest first. */
  listForms(query: PageQuery): readonly QueryForm[];
  /** Remembers that a query was answered in this form. */
  learn(query: PageQuery, form: QueryForm): void;
}

/**
 * Partners answer 400 to six digits of a second, or to `match[version]=all` (TAXII 2.1 reference, 8.2). Both are
 * tried otherwise until one form is answered; from then on a 400 means what it says.
 */
export function createDialect(): Dialect {
  let wholeSeconds: boolean | undefined;
  let allVersions: boolean | undefined;
  return {
    listForms(query) {
      const seconds = query.addedAfter === undefined ? [false] : [false, true];
      const versions = query.allVersions ? [true, false] : [true];
      return toKnown(versions, allVersions).flatMap((version) =>
        toKnown(seconds, wholeSeconds).map((second) => ({ wholeSeconds: second, allVersions: version })),
      );
    },
    learn(query, form) {
      if (query.addedAfter !== undefined) wholeSeconds = form.wholeSeconds;
      if (query.allVersions) allVersions = form.allVersions;
    },
  };
}

function toKnown(forms: readonly boolean[], known: boolean | undefined): readonly boolean[] {
  return known === undefined || forms.length === 1 ? forms : [known];
}
