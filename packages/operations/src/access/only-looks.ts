/** Operations that only look, whatever their input is. */
const LOOKING: ReadonlySet<string> = new Set(['ls', 'status', 'logs', 'who', 'watch', 'template']);

/**
 * What a wait may say that only looks. Its limits change a run that pm did not start. So does the name of one: it is judged by the usual
 * limits then, as if a `pm wait` of its user had asked for that.
 */
const ONLY_WAITING: ReadonlySet<string> = new Set(['dir', 'any', 'forLine', 'ignore', 'budget']);

/**
 * Whether a call changes nothing that people or programs can see: no run, no queue, no file of the project. For frontends that may only
 * show. A caller that is told of an ending counts as told through `answered` alone: such a frontend leaves that out. Pure.
 */
export function onlyLooks(operation: string, input: unknown): boolean {
  const { action } = Object(input) as { action?: unknown };
  if (operation === 'breaker') return action === undefined || action === 'status';
  if (operation === 'queue') return action === undefined || action === 'show';
  if (operation === 'wait') return hasOnly(ONLY_WAITING, input);
  return LOOKING.has(operation);
}

function hasOnly(names: ReadonlySet<string>, input: unknown): boolean {
  return Object.entries(Object(input)).every(([name, value]) => value === undefined || names.has(name));
}
