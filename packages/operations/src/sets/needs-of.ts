import { withCount } from '@pm/protocol/text';
import type { Config } from '../config/config.ts';
import { configFault } from '../config/config-fault.ts';

/** A step that another one needs, and what it needs itself. */
export interface NeededStep {
  readonly step: string;
  readonly needs: readonly string[];
}

/**
 * Everything that these steps need, also by way of others, with the steps themselves at the end. Each comes after those that it needs, and
 * once. Pure.
 * @param file the path of the configuration, for its faults
 * @throws PmError `usage` for a need that is no step, and for steps that need each other in a cycle
 */
export function withNeeds(
  steps: NonNullable<Config['steps']>,
  roots: readonly string[],
  file: string,
): readonly NeededStep[] {
  const found = new Map<string, NeededStep>();
  const visit = (step: string, path: readonly string[]): void => {
    if (found.has(step)) return;
    const [by] = path.slice(-1);
    if (!Object.hasOwn(steps, step)) throw noStep(step, by ?? step);
    if (path.includes(step)) throw cycle([...path.slice(path.indexOf(step)), step]);
    const needs = [...new Set(steps[step]?.needs ?? [])];
    for (const need of needs) visit(need, [...path, step]);
    found.set(step, { step, needs });
  };
  for (const root of roots) visit(root, []);
  return [...found.values()];

  function noStep(step: string, by: string): Error {
    const known = withCount(Object.keys(steps), 12);
    return configFault(file, `steps.${by}.needs`, `names ${step}, which is no step`, `Steps here: ${known}.`);
  }

  function cycle(path: readonly string[]): Error {
    const words = path.join(' → ');
    return configFault(file, `steps.${path[0]}.needs`, `is a cycle: ${words}`, 'Remove one of these needs.');
  }
}
