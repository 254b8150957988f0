import manifest from '../package.json' with { type: 'json' };

/** The version of this package; the build inlines it. */
export const version: string = manifest.version;

/** The name and version that a resident monitor records. A newer version replaces an older one. */
export const PROGRAM: string = `pm ${version}`;
