/** Targets are types with a blank between them. */
type Targets = Readonly<Record<string, string>>;

const ADDRESSES = 'ipv4-addr ipv6-addr domain-name url';
const MEANS = 'attack-pattern infrastructure malware tool';
const VICTIMS = 'identity location vulnerability';
const OBSERVABLES =
  'artifact autonomous-system directory domain-name email-addr email-message file ipv4-addr ipv6-addr mac-addr mutex network-traffic process software url user-account windows-registry-key x509-certificate';
const OF_ADDRESS: Targets = { 'resolves-to': 'mac-addr', 'belongs-to': 'autonomous-system' };

/** The relationships that STIX 2.1 lists: by the type of the source and the relationship the types of the target. */
const SUGGESTED: Readonly<Record<string, Targets>> = {
  'attack-pattern': { delivers: 'malware', targets: VICTIMS, uses: 'malware tool' },
  campaign: {
    'attributed-to': 'intrusion-set threat-actor',
    compromises: 'infrastructure',
    'originates-from': 'location',
    targets: VICTIMS,
    uses: MEANS,
  },
  'course-of-action': {
    investigates: 'indicator',
    mitigates: 'attack-pattern indicator malware tool vulnerability',
    remediates: 'malware vulnerability',
  },
  'domain-name': { 'resolves-to': 'domain-name ipv4-addr ipv6-addr' },
  identity: { 'located-at': 'location' },
  indicator: {
    'based-on': 'observed-data',
    indicates: 'attack-pattern campaign infrastructure intrusion-set malware threat-actor tool',
  },
  infrastructure: {
    'communicates-with': `infrastructure ${ADDRESSES}`,
    'consists-of': `infrastructure observed-data ${OBSERVABLES}`,
    controls: 'infrastructure malware',
    delivers: 'malware',
    has: 'vulnerability',
    hosts: 'tool malware',
    'located-at': 'location',
    uses: 'infrastructure',
  },
  'intrusion-set': {
    'attributed-to': 'threat-actor',
    compromises: 'infrastructure',
    hosts: 'infrastructure',
    'originates-from': 'location',
    owns: 'infrastructure',
    targets: VICTIMS,
    uses: MEANS,
  },
  'ipv4-addr': OF_ADDRESS,
  'ipv6-addr': OF_ADDRESS,
  malware: {
    'authored-by': 'threat-actor intrusion-set',
    'beacons-to': 'infrastructure',
    'communicates-with': ADDRESSES,
    controls: 'malware',
    downloads: 'malware tool file',
    drops: 'malware tool file',
    'exfiltrates-to': 'infrastructure',
    exploits: 'vulnerability',
    'originates-from': 'location',
    targets: 'identity infrastructure location',
    uses: MEANS,
    'variant-of': 'malware',
  },
  'malware-analysis': {
    'analysis-of': 'malware',
    characterizes: 'malware',
    'dynamic-analysis-of': 'malware',
    'static-analysis-of': 'malware',
  },
  'threat-actor': {
    'attributed-to': 'identity',
    compromises: 'infrastructure',
    hosts: 'infrastructure',
    impersonates: 'identity',
    'located-at': 'location',
    owns: 'infrastructure',
    targets: VICTIMS,
    uses: MEANS,
  },
  tool: {
    delivers: 'malware',
    drops: 'malware',
    has: 'vulnerability',
    targets: 'identity infrastructure location vulnerability',
    uses: 'infrastructure',
  },
};

/** The relationships that STIX lists from a type, each with the types that it leads to. */
export const RELATIONSHIPS: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>> = new Map(
  Object.entries(SUGGESTED).map(([source, table]) => [
    source,
    new Map(Object.entries(table).map(([name, targets]) => [name, targets.split(' ')])),
  ]),
);
