import type { PushFeed } from '../../../server/domain/feed.ts';
import { nextCollectionId } from '../../support/publications.ts';

/** A feed of this name. @param failures what its id ends in */
export function makeFeed(name: string, failures = 0): PushFeed {
  return {
    id: `11111111-1111-4111-8111-11111111111${failures}`,
    name,
    url: 'https://taxii.example.org/api/',
    collection: 'indicators',
    cron: '*/15 * * * *',
    auth: { kind: 'none' },
    org: 'partner',
    match: {},
    allowPrivate: false,
    paused: false,
    createdAt: 0,
    direction: 'push',
    from: nextCollectionId(),
  };
}
