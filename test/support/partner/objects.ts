import { createHash } from 'node:crypto';
import type { PostedObject } from './behaviour.ts';

const CREATED = '2018-08-20T08:00:00.000Z';

/** A UUIDv4 that is the same for the same text. */
function toUuid(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** The nth campaign of a series; a later version when told. */
export function makeCampaign(
  series: string,
  n: number,
  rest: Readonly<Record<string, unknown>> = {},
): PostedObject {
  return {
    type: 'campaign',
    spec_version: '2.1',
    id: `campaign--${toUuid(`${series} ${String(n)}`)}`,
    created: CREATED,
    modified: CREATED,
    name: `Campaign ${String(n)} of ${series}`,
    ...rest,
  };
}

/** Campaigns 1 to `count` of a series. */
export function makeCampaigns(count: number, series = 'the partner'): readonly PostedObject[] {
  return Array.from({ length: count }, (_, index) => makeCampaign(series, index + 1));
}

/** The same object some minutes later. */
export function reviseCampaign(
  object: PostedObject,
  minutes: number,
  rest: Readonly<Record<string, unknown>> = {},
): PostedObject {
  const modified = new Date(Date.parse(CREATED) + minutes * 60_000).toISOString();
  return { ...object, modified, ...rest };
}
