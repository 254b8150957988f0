import { fileURLToPath } from 'node:url';

// Why: contributing/decisions/2026-11-23-posix-shell-wrapper.md
/** The shell half of a run: next to the package's `dist` or `src`, and next to the `chunks` of an app that bundles this package. */
export const WRAPPER: string = fileURLToPath(new URL('../wrapper.sh', import.meta.url));
