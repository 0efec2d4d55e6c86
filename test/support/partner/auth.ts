import type { IncomingHttpHeaders } from 'node:http';

/** What a partner wants to be told. */
export type PartnerAuth =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic'; readonly user: string; readonly password: string }
  | { readonly kind: 'bearer'; readonly secret: string }
  | { readonly kind: 'token'; readonly secret: string }
  | { readonly kind: 'header'; readonly name: string; readonly secret: string };

export function isLetIn(auth: PartnerAuth, headers: IncomingHttpHeaders): boolean {
  const { authorization } = headers;
  switch (auth.kind) {
    case 'none':
      return true;
    case 'basic':
      return authorization === `Basic ${Buffer.from(`${auth.user}:${auth.password}`).toString('base64')}`;
    case 'bearer':
      return authorization === `Bearer ${auth.secret}`;
    case 'token':
      return authorization === `Token ${auth.secret}`;
    case 'header':
      return headers[auth.name.toLowerCase()] === auth.secret;
  }
}
