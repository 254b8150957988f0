import { readFileSync } from 'node:fs';
import { seesOwnPids, thisPidScope } from '@pm/process';

/** `PROC_PID_INIT_INO` of the Linux kernel: the inode of the pid namespace that the machine itself booted into, on every machine. */
const OF_THE_MACHINE = '4026531836';

/** Init programs: they run as long as their container and reap its orphans. */
const INITS: ReadonlySet<string> = new Set(
  'systemd init tini docker-init dumb-init catatonit s6-svscan runit openrc-init my_init pause supervisord'.split(' '),
);

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

/** A warning for a start inside of a sandbox, in one short line. */
export function sandboxNote(around: Surroundings = surroundings()): string | undefined {
  if (around.kind !== 'sandbox') return undefined;
  return `this sandbox${around.first === '' ? '' : ` (PID 1: ${around.first})`} ends all its jobs when it ends`;
}

function firstProcess(): string {
  try {
    return readFileSync('/proc/1/comm', 'utf8').trim();
  } catch {
    return '';
  }
}
