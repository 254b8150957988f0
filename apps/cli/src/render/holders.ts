import type { Answer, HolderView, RunView } from '@pm/operations';
import { stateLabel } from '@pm/operations/words';
import type { VerbCall } from '../call/verb-call.ts';
import { oneLine } from '../text/plain-text.ts';

/** One line for each server that listens on the port, and one for its run. */
export function holderLines({ input }: VerbCall, { holders = [], runs }: Answer): string[] {
  if (holders.length === 0) return [`nobody listens on port ${input['port']}`];
  return holders.flatMap((holder) => {
    const run = runs.find(({ id }) => id !== undefined && id === holder.id);
    return [oneLine(serverLine(holder)), ...(holder.step === undefined ? [] : [`  ${oneLine(runLine(holder, run))}`])];
  });
}

function serverLine({ port, addresses, pid, command, others, user }: HolderView): string {
  const where = `port ${port} on ${addresses.join(' and ')}`;
  if (pid === undefined)
    return `${where}: ${user === undefined ? 'an unknown process' : `a process of user ${user}`}, which cannot be named`;
  const more = others === undefined ? '' : `, and ${others} more with the same socket`;
  return `${where}: ${command} (pid ${pid}${more})`;
}

function runLine({ step, id, cwd, dir, session, agent }: HolderView, run: RunView | undefined): string {
  const whose = session === undefined ? undefined : `session ${session}${agent === undefined ? '' : ` of ${agent}`}`;
  return [`run ${step}`, run && stateLabel(run), `in ${cwd}`, `runs in ${dir}`, id, whose]
    .filter((part) => part !== undefined)
    .join(' · ');
}
