import type { CheckSpec } from '@pm/preflight';
import type { PortChoice } from '../shape/start-fields.ts';
import type { Config } from './config.ts';

/** A check of the configuration, and its place in the file for messages. */
export interface ConfiguredCheck {
  readonly spec: CheckSpec;
  /** `/project/pm.config.json: steps.train.checks[0]` */
  readonly where: string;
  /** That of its step, for `{port}` in the check. */
  readonly port?: PortChoice | undefined;
}

/**
 * The checks before a run of this step: those for every run, then those of the step or, if it has none, those of `defaults`.
 * Without a step: all checks of the file, each once.
 * @param file the path of the file, for messages
 */
export function checksOf(config: Config, file: string, step?: string): ConfiguredCheck[] {
  const { checks = [], defaults, steps = {} } = config;
  const portOf = (name: string | undefined): PortChoice | undefined =>
    name !== undefined && Object.hasOwn(steps, name) ? steps[name]?.port : undefined;
  const of = (place: string, specs: readonly CheckSpec[] = [], name = step): ConfiguredCheck[] =>
    specs.map((spec, index) => ({ spec, where: `${file}: ${place}[${index}]`, port: portOf(name) }));
  const everywhere = of('checks', checks);
  const usual = of('defaults.checks', defaults?.checks);
  if (step === undefined) {
    const own = Object.entries(steps).flatMap(([name, entry]) => of(`steps.${name}.checks`, entry.checks, name));
    return once([...everywhere, ...usual, ...own]);
  }
  const entry = Object.hasOwn(steps, step) ? steps[step] : undefined;
  return once([...everywhere, ...(entry?.checks === undefined ? usual : of(`steps.${step}.checks`, entry.checks))]);
}

function once(checks: readonly ConfiguredCheck[]): ConfiguredCheck[] {
  return [...new Map(checks.map((check) => [keyOf(check), check] as const).toReversed()).values()].toReversed();
}

/** With `{port}` in it, the same words are another check for each port. */
function keyOf({ spec, port }: ConfiguredCheck): string {
  const words = JSON.stringify(spec);
  return words.includes('{port}') ? `${words} ${port}` : words;
}
