import type { Recorded } from '../history.ts';
import { findLostUploads, findMixedContents, findWrongAnswers } from './answers.ts';
import { findWrongHoldings, findWrongViews, readFinals } from './finals.ts';
import { createLedger } from './ledger.ts';
import { findLeaks, findWrongPollers } from './pollers.ts';

/** Everything in a history that breaks a rule, in words (design: "nothing missed" and "nothing lost"). */
export function checkHistory(recorded: Recorded): readonly string[] {
  const ledger = createLedger(recorded);
  const finals = readFinals(recorded);
  return [
    ...findWrongAnswers(recorded),
    ...findLostUploads(recorded),
    ...findMixedContents(recorded),
    ...findLeaks(recorded, ledger),
    ...findWrongHoldings(finals, ledger),
    ...findWrongViews(finals),
    ...findWrongPollers(recorded, finals, ledger),
  ];
}
