import type { Account } from './accounts.ts';
import type { Procedure } from './kill-chain.ts';
import type { StatedAds, StatedAsset, StatedReach } from './statements.ts';

/** One thing that a row names. */
export type Value =
  | { readonly kind: 'account'; readonly account: Account }
  | { readonly kind: 'url'; readonly value: string }
  | { readonly kind: 'domain'; readonly value: string }
  | { readonly kind: 'email'; readonly value: string }
  | { readonly kind: 'address'; readonly type: 'ipv4-addr' | 'ipv6-addr'; readonly value: string }
  | { readonly kind: 'file'; readonly algorithm: string; readonly hash: string };

/** What a list says of an account. */
export type Authenticity = 'inauthentic' | 'compromised' | 'unknown';

type WithPlatform<T extends { readonly platform?: string }> = T & { readonly platform: string };

/** What a row says, read on its own. */
export type Finding =
  | { readonly kind: 'blank' }
  | { readonly kind: 'not-understood'; readonly reason: string }
  /** Words about a procedure. */
  | { readonly kind: 'text'; readonly procedure: Procedure; readonly text: string; readonly comment: string }
  /** A procedure, and nothing more. */
  | { readonly kind: 'procedure'; readonly procedure: Procedure; readonly comment: string }
  | {
      readonly kind: 'values';
      readonly procedure?: Procedure;
      readonly values: readonly Value[];
      readonly comment: string;
      /** The day the list gives it, `YYYY-MM-DD`. */
      readonly date?: string;
      /** What the operation attacked or used: nothing to look out for. */
      readonly isOfOthers: boolean;
      readonly authenticity: Authenticity;
    }
  | {
      readonly kind: 'statement';
      readonly procedure?: Procedure;
      readonly text: string;
      readonly comment: string;
      readonly assets: readonly WithPlatform<StatedAsset>[];
      readonly reach: readonly WithPlatform<StatedReach>[];
      readonly ads?: StatedAds;
    }
  /** It takes the option `--platform` to read the row. */
  | { readonly kind: 'needs-platform'; readonly text: string };
