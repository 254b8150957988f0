import manifest from '../package.json' with { type: 'json' };

/** The version of this package, taken in when it is built. */
export const version: string = manifest.version;

/** What a resident monitor that we bring calls itself on record. Whatever its name, we are content with one that is there. */
export const PROGRAM: string = `pm-mcp ${version}`;
