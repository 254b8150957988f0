import { type CheckSpec, type PreparedCheck, prepareChecks } from '@pm/preflight';
import { PmError } from '@pm/protocol';
import { checkWithPort } from '../ports/check-with-port.ts';
import type { Context } from '../project/context.ts';

/** Where the checks of a readiness look from, and what they see of the environment. */
interface ReadyPlace {
  /** The working directory of the command: relative paths start there. */
  readonly cwd: string;
  readonly env: Context['env'];
  readonly argv: readonly string[];
  /** Of the run, for `{port}` in a check. */
  readonly port?: number | undefined;
}

/**
 * The checks of a readiness, ready to be asked.
 * @param where where they are written, for errors: `--ready`, `pm.config.json: steps.web.ready`
 * @throws PmError `usage` if there is no such check, it does not take these options, or it has `{port}` and the run has no port
 */
export async function prepareReady(
  specs: readonly CheckSpec[],
  { cwd, env, argv, port }: ReadyPlace,
  where = '--ready',
): Promise<PreparedCheck[]> {
  return prepareChecks(
    specs.map((spec) => ({ spec: checkWithPort(spec, port, where), where })),
    { home: cwd, env, argv },
  );
}

/** Makes sure before a start that its ready checks, which are written at `where`, can be asked. @throws the same */
export async function checkReadySpecs(specs: readonly CheckSpec[], place: ReadyPlace, where: string): Promise<void> {
  const prepared = await prepareReady(specs, place, where);
  await disposeAll(prepared);
}

/**
 * Makes sure before a start with `--wait-ready` that something says when the run is ready.
 * @throws PmError `usage` if nothing does
 */
export function requireReadyChecks(step: string, ready: readonly CheckSpec[] | undefined): void {
  if (ready !== undefined && ready.length > 0) return;
  const message = `--wait-ready: ${step} has no ready checks, so nothing says when it is ready.`;
  throw new PmError(
    'usage',
    message,
    'Add one: --ready tcp:3000, --ready http:URL, --ready line:TEXT. Nothing was started.',
  );
}

/**
 * Makes sure before a start with `--liveness check` that there is something to ask while it runs.
 * @throws PmError `usage` if there is not
 */
export async function requireLastingCheck(specs: readonly CheckSpec[], place: ReadyPlace): Promise<void> {
  const prepared = await prepareReady(specs, place);
  await disposeAll(prepared);
  if (prepared.some(canBeAskedAgain)) return;
  const message = '--liveness check: there is no ready check that can be asked again while it runs.';
  throw new PmError('usage', message, 'Add one: --ready tcp:3000, --ready http:URL. Nothing was started.');
}

/** Whether a check says something about now. A line that was printed once says nothing. */
export function canBeAskedAgain({ check }: PreparedCheck): boolean {
  return check.id !== 'line';
}

/** Ends what was opened for checks of the project's own. */
export async function disposeAll(prepared: readonly PreparedCheck[]): Promise<void> {
  await Promise.all(prepared.map(({ check }) => check.dispose?.()));
}
