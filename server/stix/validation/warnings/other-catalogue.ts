import type { CatalogueEntry } from './catalogue-entry.ts';

/** The warnings that are about no vocabulary, by their kind. */
export const OTHER_WARNINGS = {
  formats: [
    {
      code: 103,
      name: 'uuid-check',
      about: 'The UUID of the id has another version than is usual: 5 for observables, else 4.',
      example: '`campaign--…` with a UUID of version 1',
    },
    {
      code: 111,
      name: 'open-vocab-format',
      about: 'A value of an open vocabulary has capitals, blanks or underscores.',
      example: '`sectors: ["Financial Services"]`',
    },
    {
      code: 121,
      name: 'kill-chain-names',
      about: 'The name of a kill chain or of a phase has capitals, blanks or underscores.',
      example: '`phase_name: "Develop Content"`',
    },
    {
      code: 141,
      name: 'observable-object-keys',
      about: 'A key of `objects` in observed data is not a whole number.',
      example: '`objects: { "first": { … } }`',
    },
    {
      code: 142,
      name: 'observable-dictionary-keys',
      about: 'A key of a dictionary in an observable has capitals.',
      example: '`x_details: { "Source": "…" }`',
    },
    {
      code: 143,
      name: 'malware-analysis-product',
      about: 'The product of an analysis has capitals, blanks or underscores.',
      example: '`product: "Some Scanner"`',
    },
    {
      code: 149,
      name: 'windows-process-priority-format',
      about: 'The priority of a Windows process does not end in `_CLASS`.',
      example: '`priority: "HIGH"`',
    },
    {
      code: 150,
      name: 'hash-length',
      about: 'The name of a hash algorithm has more than 30 characters.',
      example: '`hashes: { "x_a_very_long_name_of_an_algorithm": "…" }`',
    },
  ],
  approved: [
    {
      code: 201,
      name: 'marking-definition-type',
      about: 'The `definition_type` of a marking is neither `statement` nor `tlp`.',
      example: '`definition_type: "iep"`',
    },
    {
      code: 202,
      name: 'relationship-types',
      about: 'STIX does not list this relationship between objects of these types.',
      example: '`campaign` uses `identity`',
    },
    {
      code: 203,
      name: 'duplicate-ids',
      about: 'A file holds two objects with the same id and the same `modified`.',
      example: 'one campaign twice in a bundle',
    },
  ],
  registries: [
    {
      code: 271,
      name: 'mime-type',
      about: 'The media type of a file is not registered.',
      example: '`mime_type: "application/word"`',
    },
    {
      code: 272,
      name: 'protocols',
      about: 'A protocol is not registered, or has capitals.',
      example: '`protocols: ["TCP"]`',
    },
    {
      code: 273,
      name: 'ipfix',
      about: 'A key of `ipfix` is no registered element.',
      example: '`ipfix: { "minimumTtl": 5 }`',
    },
    {
      code: 274,
      name: 'http-request-headers',
      about: 'A key of `request_header` is no known request header.',
      example: '`request_header: { "Agent": ["…"] }`',
    },
    {
      code: 275,
      name: 'socket-options',
      about: 'A key of `options` is no known socket option.',
      example: '`options: { "SO_FAST": 1 }`',
    },
    {
      code: 276,
      name: 'pdf-doc-info',
      about: 'A key of `document_info_dict` is not one of those that PDF has.',
      example: '`document_info_dict: { "Writer": "…" }`',
    },
    {
      code: 277,
      name: 'countries',
      about: 'A country is no code of two letters of ISO 3166-1.',
      example: '`country: "USA"`',
    },
  ],
  contents: [
    {
      code: 301,
      name: 'network-traffic-ports',
      about: 'Network traffic lacks `src_port` or `dst_port`.',
      example: '`dst_port` alone',
    },
    {
      code: 302,
      name: 'extref-hashes',
      about: 'An external reference has a URL, but no hashes of what is there.',
      example: '`external_references: [{ "source_name": "…", "url": "…" }]`',
    },
    {
      code: 303,
      name: 'indicator-properties',
      about: 'An indicator has no name or no description.',
      example: 'an indicator with a `pattern` only',
    },
    {
      code: 304,
      name: 'deprecated-properties',
      about: 'A property is there that STIX 2.1 advises against.',
      example: '`objects` in observed data, instead of `object_refs`',
    },
    {
      code: 305,
      name: 'extension-description',
      about: 'An extension-definition has no description.',
      example: 'an extension-definition with a `name` only',
    },
    {
      code: 306,
      name: 'extension-properties',
      about: 'An extension-definition for top-level properties does not name them.',
      example: '`extension_types: ["toplevel-property-extension"]` alone',
    },
  ],
  custom: [
    {
      code: 401,
      name: 'extensions-use',
      about: 'A type, property or extension is not of STIX and comes with no extension-definition.',
      example: '`first_sen: "…"`; `x_mitre_version: "1.0"`',
    },
  ],
  ours: [
    {
      code: 'extension-vocabulary',
      name: 'extension-vocabulary',
      about: 'A value in one of our extensions is not in the vocabulary of that extension.',
      example: '`channel_types: ["blog"]`',
    },
    {
      code: 'extension-without-effect',
      name: 'extension-without-effect',
      about: 'One of our extensions is on an object of a type that it says nothing about.',
      example: 'marking-audience on a campaign',
    },
    {
      code: 'pattern-names',
      name: 'pattern-names',
      about: 'A STIX pattern names a type or property that STIX does not have, so it may never match.',
      example: "`[domain:value = 'example.com']`",
    },
  ],
} as const satisfies Readonly<Record<string, readonly CatalogueEntry[]>>;
