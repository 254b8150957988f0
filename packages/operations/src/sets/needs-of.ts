import { withCount } from '@pm/protocol/text';
import type { Config } from '../config/config.ts';
import { configFault } from '../config/config-fault.ts';
import { isService } from '../config/policy-of.ts';

/** A step that another one needs, and what it needs itself. */
export interface NeededStep {
  readonly step: string;
  readonly needs: readonly string[];
}

/**
 * Everything that these steps need, also by way of others, with the steps themselves at the end. Each comes after those that it needs, and
 * once. Pure.
 * @param file the path of the configuration, for its faults
 * @throws PmError `usage` for a need that is no step, for steps that need each other in a cycle, and for a need that is no service: a job
 * would be ready as soon as it has begun, and be stopped before it has done its work
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
    if (by !== undefined && !isService(steps[step] ?? {})) throw noService(step, by);
    found.set(step, { step, needs });
  };
  for (const root of roots) visit(root, []);
  return [...found.values()];

  function noStep(step: string, by: string): Error {
    const known = withCount(Object.keys(steps), 12);
    return configFault(file, `steps.${by}.needs`, `names ${step}, which is no step`, `Steps here: ${known}.`);
  }

  function noService(step: string, by: string): Error {
    const why = `names ${step}, which is no service: nothing says when it is ready`;
    const next = `Give ${step} ready checks or "service": true. If ${by} begins after ${step} has succeeded, write "after": ["${step}"].`;
    return configFault(file, `steps.${by}.needs`, why, next);
  }

  function cycle(path: readonly string[]): Error {
    const words = path.join(' → ');
    return configFault(file, `steps.${path[0]}.needs`, `is a cycle: ${words}`, 'Remove one of these needs.');
  }
}
