import { readFileSync } from 'node:fs';
import { isSamePidScope, seesOwnPids, thisPidScope } from '@pm/process';
import type { RunRecord } from '@pm/protocol';

/** `PROC_PID_INIT_INO` of the Linux kernel: the inode of the pid namespace that the machine itself booted into, on every machine. */
const OF_THE_MACHINE = '4026531836';

/** Init programs: they run as long as their container and reap its orphans. */
const INITS: ReadonlySet<string> = new Set(
  'systemd init tini docker-init dumb-init catatonit s6-svscan runit openrc-init my_init pause supervisord'.split(' '),
);

/** Programs that make a sandbox for one command, and end it with that command. Linux cuts a name after 15 characters. */
const OF_ONE_COMMAND: ReadonlySet<string> = new Set(['bwrap', 'codex-linux-san']);

/** What our jobs are inside of: when it ends, they end. */
export type Surroundings =
  | { readonly kind: 'machine' }
  | { readonly kind: 'container'; readonly first: string }
  | { readonly kind: 'sandbox'; readonly first: string };

/** Whether we are on the machine itself, in a container with an init, or in a sandbox. The first process of a sandbox may end at any time, and everything in it ends too. */
export function surroundings(): Surroundings {
  return surroundingsOf(thisPidScope().pidNamespace, seesOwnPids() ? firstProcess() : '');
}

/**
 * @param pidNamespace as in a `PidScope`; '' where there are none (macOS)
 * @param first name of PID 1 of that namespace; '' if it cannot be seen
 */
export function surroundingsOf(pidNamespace: string, first: string): Surroundings {
  if (pidNamespace === '' || pidNamespace.split('-')[0] === OF_THE_MACHINE) return { kind: 'machine' };
  return { kind: INITS.has(first) ? 'container' : 'sandbox', first };
}

/**
 * A warning for a start inside of a sandbox, in one line. Coding agents make a new sandbox for each command: a wait in the next one would
 * find the job lost.
 */
export function sandboxNote(around: Surroundings = surroundings()): string | undefined {
  if (around.kind !== 'sandbox') return undefined;
  const { first } = around;
  if (OF_ONE_COMMAND.has(first))
    return `this sandbox (PID 1: ${first}) ends with your command, and ends the job: keep one call open with --wait, or use the tool start_run`;
  return `this sandbox${first === '' ? '' : ` (PID 1: ${first})`} ends all its jobs when it ends`;
}

/** Whether a run was started in another container or sandbox of this machine than ours. What it was inside of cannot be seen from here. */
export function wasInSandbox({ host }: RunRecord): boolean {
  return surroundingsOf(host.pidNamespace, '').kind === 'sandbox' && !isSamePidScope(host);
}

function firstProcess(): string {
  try {
    return readFileSync('/proc/1/comm', 'utf8').trim();
  } catch {
    return '';
  }
}
