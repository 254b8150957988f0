import manifest from '../package.json' with { type: 'json' };

/** The version of this package; the build inlines it. */
export const version: string = manifest.version;

/** The name and version that a resident monitor records if this server starts it. A resident of any other program is used as it is. */
export const PROGRAM: string = `pm-mcp ${version}`;
