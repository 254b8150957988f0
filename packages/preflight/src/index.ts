// Every name here is public API.

export {
  CHECK_STATES,
  type Check,
  type CheckContext,
  type CheckResult,
  type CheckState,
  type Finding,
  type PreparedCheck,
  type Remedy,
} from './check.ts';
export { type AppliedFix, type ApplyOptions, applyFixes } from './fixes/apply-fixes.ts';
export { type Fix, planFixes } from './fixes/plan-fixes.ts';
export { shebang } from './python/shebang.ts';
export { BUILT_IN, detectChecks } from './run/built-in.ts';
export {
  type CheckSpec,
  CommonOptions,
  optionNames,
  type PrepareOptions,
  prepareCheck,
  prepareChecks,
} from './run/prepare-checks.ts';
export { redact, redactArgv } from './run/redact.ts';
export { BUDGET_MS, hashFindings, runChecks } from './run/run-checks.ts';
