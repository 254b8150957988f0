// Every name here is public API. `@pm/preflight/diagnose` is a subpath of its own, because it is loaded without the checks.
export type { Check, CheckContext, Finding, PreparedCheck, PrintedOutput } from './check.ts';
export { applyFixes } from './fixes/apply-fixes.ts';
export { planFixes } from './fixes/plan-fixes.ts';
export { shebang } from './python/shebang.ts';
export { askUntilPassed } from './run/ask-until-passed.ts';
export { BUILT_IN } from './run/built-in.ts';
export { withDetected } from './run/detect-checks.ts';
export { type CheckSpec, CommonOptions, prepareChecks } from './run/prepare-checks.ts';
export { projectFolders } from './run/project-folders.ts';
export { redact, redactArgv } from './run/redact.ts';
export { hashFindings, runChecks } from './run/run-checks.ts';
