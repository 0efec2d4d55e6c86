/** A STIX id whose UUID tells its number. */
export function toStixId(type: string, n: number): string {
  return `${type}--00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
}

/** The n-th time that tests use as `modified`, a second after the one before. */
export function toTime(n: number): string {
  return new Date(Date.UTC(2018, 7, 21) + n * 1000).toISOString();
}

export interface Sample {
  readonly type: string;
  readonly id: string;
  readonly modified: string;
  readonly [name: string]: unknown;
}

/** A campaign in STIX 2.1, in its `version`-th version. */
export function campaign(n: number, version = 0, rest: object = {}): Sample {
  return sample('campaign', n, version, { name: `Campaign ${n}`, ...rest });
}

/** An object of a type that needs nothing besides a name. */
export function sample(type: string, n: number, version = 0, rest: object = {}): Sample {
  const modified = toTime(version);
  return { type, spec_version: '2.1', id: toStixId(type, n), created: toTime(0), modified, ...rest };
}

/** The same in STIX 2.0, which has no `spec_version`. */
export function oldCampaign(n: number, version = 0): Sample {
  const { spec_version: _, ...rest } = campaign(n, version);
  return rest;
}

/** Campaigns with the numbers `from` to `to`. */
export function campaigns(from: number, to: number): readonly Sample[] {
  return Array.from({ length: to - from + 1 }, (_, index) => campaign(from + index));
}

/** An observable: it has no times. */
export function domainName(n: number, rest: object = {}): Omit<Sample, 'modified'> {
  return { type: 'domain-name', id: toStixId('domain-name', n), value: `d${n}.example`, ...rest };
}
