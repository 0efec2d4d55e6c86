import type { StixId } from '../domain/ids.ts';

// The extension-definitions of our own; their objects are built in (schemas/fixed-objects.json).

/** Defines the type `narrative`. */
export const NARRATIVE: StixId = 'extension-definition--ac67ddd4-4012-4655-9f28-fcc32d6936f9';
/** Defines the type `channel`. */
export const CHANNEL: StixId = 'extension-definition--ccd081db-2daa-44d8-9f54-b25c4a77878e';
/** A takedown, on an incident. */
export const INCIDENT_TAKEDOWN: StixId = 'extension-definition--41f5a6c8-772c-4780-9ba6-12463b2ee484';
/** What a platform knows of a user-account. */
export const USER_ACCOUNT_PLATFORM: StixId = 'extension-definition--f031b85e-6afa-46a4-9612-3b6c98be1d80';
/** Who may see what is marked, on a marking-definition. */
export const MARKING_AUDIENCE: StixId = 'extension-definition--a42d973d-95ae-4fca-9286-68a5bff41da2';
