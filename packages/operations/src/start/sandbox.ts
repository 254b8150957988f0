import { readFileSync } from 'node:fs';
import { seesOwnPids, thisPidScope } from '@pm/process';

/** `PROC_PID_INIT_INO` of the Linux kernel: the inode of the pid namespace that the machine itself booted into, on every machine. */
const OF_THE_MACHINE = '4026531836';

/** First processes that stay as long as their container and reap its orphans. */
const INITS: ReadonlySet<string> = new Set(
  'systemd init tini docker-init dumb-init catatonit s6-svscan runit openrc-init my_init pause supervisord'.split(' '),
);

/** Whose end would take our jobs along. */
export type Surroundings =
  | { readonly kind: 'machine' }
  | { readonly kind: 'container'; readonly first: string }
  | { readonly kind: 'sandbox'; readonly first: string };

/** Where we are: on the machine, in a container with an init, or in a sandbox whose first process may leave at any moment, and all with it. */
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

/** What a start has to say of them, in one short line; undefined if there is nothing to know. */
export function sandboxNote(around: Surroundings = surroundings()): string | undefined {
  if (around.kind !== 'sandbox') return undefined;
  return `this sandbox${around.first === '' ? '' : ` (PID 1: ${around.first})`} takes its jobs along when it ends`;
}

function firstProcess(): string {
  try {
    return readFileSync('/proc/1/comm', 'utf8').trim();
  } catch {
    return '';
  }
}
