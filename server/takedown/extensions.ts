import type { StixId } from '../domain/ids.ts';

/** What a platform or a court acted on, with the numbers that were stated. */
export const INCIDENT_TAKEDOWN: StixId = 'extension-definition--41f5a6c8-772c-4780-9ba6-12463b2ee484';
/** What an account is on its platform. */
export const USER_ACCOUNT_PLATFORM: StixId = 'extension-definition--f031b85e-6afa-46a4-9612-3b6c98be1d80';
