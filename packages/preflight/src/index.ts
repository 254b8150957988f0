// Every name here is public API.

export {
  type Asked,
  type Check,
  type Finding,
  type Inspection,
  type Place,
  type Remedy,
  STATES,
  type State,
} from './check.ts';
export { type AppliedFix, type ApplyOptions, applyFixes } from './fixes/apply-fixes.ts';
export { type Fix, planFixes } from './fixes/plan-fixes.ts';
export { shebang } from './python/shebang.ts';
export { type AskOptions, allAsked, askedOf, Common, optionNames, type Wish } from './run/asked.ts';
export { BUILT_IN, detectChecks } from './run/built-in.ts';
export { masked, maskedArgv } from './run/masked.ts';
export { BUDGET_MS, digestOf, runChecks } from './run/run-checks.ts';
