import type { BreakerSetting } from './breaker-setting.ts';
import type { Config } from './config.ts';

/** The breaker of a step as it is configured. Values that are not set are the defaults of the engine. */
export interface StepBreaker {
  readonly name: string;
  readonly rule: { readonly after?: number; readonly coolDownMs?: number | null };
  readonly startsPerDay?: number | undefined;
}

/** The breaker of this step; undefined if it has none. Settings of the step win over `defaults`. */
export function breakerOf(config: Config | undefined, step: string): StepBreaker | undefined {
  const steps = config?.steps ?? {};
  const own = Object.hasOwn(steps, step) ? steps[step]?.breaker : undefined;
  const setting = own === undefined ? config?.defaults?.breaker : own;
  if (setting === false) return undefined;
  const { name = step, after, coolDown, startsPerDay } = { ...asObject(config?.defaults?.breaker), ...asObject(own) };
  const rule = { ...(after !== undefined && { after }), ...(coolDown !== undefined && { coolDownMs: coolDown }) };
  return { name, rule, startsPerDay };
}

/** The breaker of this name, with the settings of the first step that uses it, or else with `defaults`. */
export function breakerNamed(config: Config | undefined, name: string): StepBreaker {
  const named = Object.keys(config?.steps ?? {}).map((step) => breakerOf(config, step));
  const { rule } = named.find((breaker) => breaker?.name === name) ?? breakerOf(config, name) ?? { rule: {} };
  return { name, rule };
}

function asObject(setting: BreakerSetting): Exclude<BreakerSetting, string | false | undefined> {
  return typeof setting === 'string' ? { name: setting } : setting || {};
}
