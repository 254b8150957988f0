// Every name here is public API.
export { allAsked } from './all-asked.ts';
export { type AppliedFix, type ApplyOptions, applyFixes } from './apply-fixes.ts';
export { type Asked, type AskOptions, askedOf, Common, optionNames, type Wish } from './asked.ts';
export { BUILT_IN } from './built-in.ts';
export { type Check, type Inspection, type Place, type Remedy, STATES, type State } from './check.ts';
export { shebang } from './checks/shebang.ts';
export { detectChecks } from './detect.ts';
export { digestOf } from './digest.ts';
export type { Finding } from './finding.ts';
export { masked, maskedArgv } from './masked.ts';
export { type Fix, planFixes } from './plan-fixes.ts';
export { BUDGET_MS, runChecks } from './run-checks.ts';
