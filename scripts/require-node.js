/** The first Node that runs this project: it has `node:sqlite` and strips types. */
const OLDEST = 24;

/**
 * Ends the process with status 2 and says what to do when the running Node is too old. An entry point calls it
 * before it imports anything else; so this file keeps to syntax and modules that old versions have.
 */
export function requireNode() {
  const major = Number.parseInt(process.versions.node, 10);
  if (major >= OLDEST) return;
  process.stderr.write(
    `Pollwatch needs Node ${String(OLDEST)} or later; this is ${process.version}.\n` +
      'In a checkout run "npm ci", which brings the right one, and then the npm scripts (npm start, npm test).\n' +
      `An installed Pollwatch needs Node ${String(OLDEST)} or later on the machine.\n`,
  );
  process.exit(2);
}
