import type { CheckSpec } from '@pm/preflight';
import { PmError } from '@pm/protocol';

/** Whether a check has a place for the port of the run. */
export function hasPortPlace(spec: CheckSpec): boolean {
  return JSON.stringify(spec).includes('{port}');
}

/**
 * The check with the port of the run for each `{port}`. An option that is `{port}` alone becomes a number.
 * @param where where the check is written, for the error: `--ready`, `/project/pm.config.json: steps.web.checks[0]`
 * @throws PmError `usage` if it has `{port}` and the run has no port
 */
export function checkWithPort(spec: CheckSpec, port: number | undefined, where: string): CheckSpec {
  if (!hasPortPlace(spec)) return spec;
  if (port === undefined)
    throw new PmError(
      'usage',
      `${where} has {port}, but this run gets no port.`,
      'Add --port auto, or write the number.',
    );
  if (typeof spec === 'string') return spec.replaceAll('{port}', String(port));
  const filled = (value: unknown): unknown => {
    if (value === '{port}') return port;
    return typeof value === 'string' ? value.replaceAll('{port}', String(port)) : value;
  };
  return {
    ...Object.fromEntries(Object.entries(spec).map(([name, value]) => [name, filled(value)])),
    check: spec.check,
  };
}
