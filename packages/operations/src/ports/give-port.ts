import { listenersOn } from '@pm/process';
import { openDirectory } from '@pm/protocol/fs';
import type { Context } from '../project/context.ts';
import type { Answer, Next } from '../shape/answer.ts';
import type { PortChoice } from '../shape/start-fields.ts';
import { autoPort, isTaken } from './auto-port.ts';
import { holderViews } from './holder-views.ts';
import { lookAtPort, mayProposeStop } from './look-at-port.ts';
import { nameHolders } from './port-in-use.ts';

/** The port of a run, or the answer that says who holds it. */
export type GivenPort =
  | { readonly kind: 'port'; readonly port: number }
  | { readonly kind: 'answer'; readonly answer: Answer };

interface PortOwner {
  /** The directory of runs, and as the caller named it. */
  readonly dir: string;
  readonly named: string | undefined;
  readonly step: string;
}

/**
 * The port that a run of a step gets. It is free when this looks. Whoever takes it before the command listens is named by the failure.
 * @throws PmError `directory-unusable` if the choice cannot be remembered
 */
export async function givePort(choice: PortChoice, owner: PortOwner, context: Context): Promise<GivenPort> {
  if (choice === 'auto') {
    openDirectory(owner.dir); // the claim of a directory that does not exist counts as abandoned
    return { kind: 'port', port: await autoPort(owner, context) };
  }
  // Without a listener the port may still be refused to us, as are those below 1024. The command may have the right.
  if (!(await isTaken(choice)) || listenersOn(choice).length === 0) return { kind: 'port', port: choice };
  return { kind: 'answer', answer: taken(choice, owner, context) };
}

function taken(port: number, { dir, named }: PortOwner, context: Context): Answer {
  const look = lookAtPort(port, dir, context);
  const holders = holderViews(port, look);
  const place = named === undefined ? {} : { dir: named };
  const next: Next = mayProposeStop(look, context)
    ? { operation: 'stop', input: { port, ...place }, why: 'stop the run that holds it' }
    : { operation: 'who', input: { port, ...place }, why: 'see who holds it' };
  const message = `port ${port} is in use by ${nameHolders(holders) || 'an unknown process'}`;
  return { runs: [], refusal: { kind: 'port-taken', message }, holders, next: [next] };
}
