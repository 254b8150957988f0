import manifest from '../package.json' with { type: 'json' };

/** The version of this package, taken in when it is built. */
export const version: string = manifest.version;

/** What a resident monitor calls itself on record: one of an older version is succeeded. */
export const PROGRAM: string = `pm ${version}`;
