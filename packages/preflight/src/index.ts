// Every name here is public API.

export { type Check, type Inspection, type Place, type Remedy, STATES, type State } from './check.ts';
export type { Finding } from './finding.ts';
export { type AppliedFix, type ApplyOptions, applyFixes } from './fixes/apply-fixes.ts';
export { type Fix, planFixes } from './fixes/plan-fixes.ts';
export { shebang } from './python/shebang.ts';
export { allAsked } from './run/all-asked.ts';
export { type Asked, type AskOptions, askedOf, Common, optionNames, type Wish } from './run/asked.ts';
export { BUILT_IN } from './run/built-in.ts';
export { detectChecks } from './run/detect.ts';
export { digestOf } from './run/digest.ts';
export { masked, maskedArgv } from './run/masked.ts';
export { BUDGET_MS, runChecks } from './run/run-checks.ts';
