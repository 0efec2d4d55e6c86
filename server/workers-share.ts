import type { Settings } from './config/load.ts';

/**
 * What one of several workers may have of what a server may have. Which of them a connection comes to is up to the
 * operating system, so that a caller may find one full while another has room; no bound is ever exceeded in sum,
 * unless there are more workers than there is to share.
 * @param port the one that all of them share
 */
export function toShare(settings: Settings, port: number): Settings {
  const { workers, maxConnections, loginAttempts } = settings;
  return {
    ...settings,
    port,
    maxConnections: shareOf(maxConnections, workers),
    loginAttempts: shareOf(loginAttempts, workers),
  };
}

function shareOf(whole: number, workers: number): number {
  return Math.max(1, Math.floor(whole / workers));
}
