import type { CatalogueEntry } from './catalogue-entry.ts';

/** The warnings about values that are not in their open vocabulary. */
export const VOCABULARY_WARNINGS = [
  {
    code: 211,
    name: 'attack-motivation',
    about: 'A motivation is not in the vocabulary.',
    example: '`primary_motivation: "money"`',
  },
  {
    code: 212,
    name: 'attack-resource-level',
    about: 'A resource level is not in the vocabulary.',
    example: '`resource_level: "large"`',
  },
  {
    code: 213,
    name: 'identity-class',
    about: 'The class of an identity is not in the vocabulary.',
    example: '`identity_class: "company"`',
  },
  {
    code: 214,
    name: 'indicator-types',
    about: 'A kind of indicator is not in the vocabulary.',
    example: '`indicator_types: ["disinformation"]`',
  },
  {
    code: 215,
    name: 'industry-sector',
    about: 'A sector is not in the vocabulary.',
    example: '`sectors: ["media"]`',
  },
  {
    code: 216,
    name: 'malware-types',
    about: 'A kind of malware is not in the vocabulary.',
    example: '`malware_types: ["stealer"]`',
  },
  {
    code: 218,
    name: 'report-types',
    about: 'A kind of report is not in the vocabulary.',
    example: '`report_types: ["briefing"]`',
  },
  {
    code: 219,
    name: 'threat-actor-types',
    about: 'A kind of threat actor is not in the vocabulary.',
    example: '`threat_actor_types: ["state"]`',
  },
  {
    code: 220,
    name: 'threat-actor-role',
    about: 'A role of a threat actor is not in the vocabulary.',
    example: '`roles: ["author"]`',
  },
  {
    code: 221,
    name: 'threat-actor-sophistication',
    about: 'A sophistication is not in the vocabulary.',
    example: '`sophistication: "high"`',
  },
  {
    code: 222,
    name: 'tool-types',
    about: 'A kind of tool is not in the vocabulary.',
    example: '`tool_types: ["scanner"]`',
  },
  {
    code: 223,
    name: 'region',
    about: 'A region is not in the vocabulary.',
    example: '`region: "north-america"`',
  },
  {
    code: 225,
    name: 'grouping-context',
    about: 'The context of a grouping is not in the vocabulary.',
    example: '`context: "takedown"`',
  },
  {
    code: 226,
    name: 'implementation-languages',
    about: 'A programming language is not in the vocabulary.',
    example: '`implementation_languages: ["rust"]`',
  },
  {
    code: 227,
    name: 'infrastructure-types',
    about: 'A kind of infrastructure is not in the vocabulary.',
    example: '`infrastructure_types: ["advertising"]`',
  },
  {
    code: 228,
    name: 'malware-capabilities',
    about: 'A capability of malware is not in the vocabulary.',
    example: '`capabilities: ["spreads"]`',
  },
  {
    code: 230,
    name: 'processor-architecture',
    about: 'A processor is not in the vocabulary.',
    example: '`architecture_execution_envs: ["risc-v"]`',
  },
  {
    code: 231,
    name: 'malware-result',
    about: 'The result of an analysis is not in the vocabulary.',
    example: '`result: "clean"`',
  },
  {
    code: 241,
    name: 'hash-algo',
    about: 'A hash algorithm is not in the vocabulary and does not begin with `x_`.',
    example: '`hashes: { "SHA256": "…" }`',
  },
  {
    code: 243,
    name: 'windows-pebinary-type',
    about: 'The kind of a Windows binary is not in the vocabulary.',
    example: '`pe_type: "scr"`',
  },
  {
    code: 244,
    name: 'account-type',
    about: 'The kind of an account is not in the vocabulary.',
    example: '`account_type: "instagram"`',
  },
  {
    code: 245,
    name: 'indicator-pattern-types',
    about: 'The language of a pattern is not in the vocabulary.',
    example: '`pattern_type: "spl"`',
  },
] as const satisfies readonly CatalogueEntry[];
