/** Operations that only look, whatever their input is. */
const LOOKING: ReadonlySet<string> = new Set(['ls', 'status', 'logs', 'who', 'wait', 'watch', 'template']);

/**
 * Whether a call changes nothing that people or programs can see: no run, no queue, no file of the project. For frontends that may only
 * show. A caller that is told of an ending counts as told through `answered` alone: such a frontend leaves that out. Pure.
 */
export function onlyLooks(operation: string, input: unknown): boolean {
  const { action } = Object(input) as { action?: unknown };
  if (operation === 'breaker') return action === undefined || action === 'status';
  if (operation === 'queue') return action === undefined || action === 'show';
  return LOOKING.has(operation);
}
