import type { BreakerSetting } from './breaker-setting.ts';
import type { Config } from './config.ts';

/** The breaker of a step: its name, and what the configuration says of it. What it does not say is the engine's default. */
export interface StepBreaker {
  readonly name: string;
  readonly rule: { readonly after?: number; readonly coolDownMs?: number | null };
  readonly startsPerDay?: number | undefined;
}

/** The breaker of this step; undefined if it is to have none. A step's own words win over those for all. */
export function breakerOf(config: Config | undefined, step: string): StepBreaker | undefined {
  const steps = config?.steps ?? {};
  const own = Object.hasOwn(steps, step) ? steps[step]?.breaker : undefined;
  const setting = own === undefined ? config?.defaults?.breaker : own;
  if (setting === false) return undefined;
  const { name = step, after, coolDown, startsPerDay } = { ...asObject(config?.defaults?.breaker), ...asObject(own) };
  const rule = { ...(after !== undefined && { after }), ...(coolDown !== undefined && { coolDownMs: coolDown }) };
  return { name, rule, startsPerDay };
}

/** The breaker of this name: as the first step that has it says, or as those for all. */
export function breakerNamed(config: Config | undefined, name: string): StepBreaker {
  const named = Object.keys(config?.steps ?? {}).map((step) => breakerOf(config, step));
  const { rule } = named.find((breaker) => breaker?.name === name) ?? breakerOf(config, name) ?? { rule: {} };
  return { name, rule };
}

function asObject(setting: BreakerSetting): Exclude<BreakerSetting, string | false | undefined> {
  return typeof setting === 'string' ? { name: setting } : setting || {};
}
