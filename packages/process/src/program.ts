import { type Identity, isAlive } from './identity.ts';
import { platform } from './platform/current.ts';
import { valueIn } from './tree/marks.ts';

/** What a live process runs, as far as the platform tells. */
export interface Program {
  /** Its arguments, or only its name where they cannot be read. */
  readonly argv: readonly string[];
  readonly cwd?: string;
  readonly ppid: number;
  /** The session that it is in; 0 where that is not known. */
  readonly sid: number;
  /** Where its standard output leads: a path, or a name such as `pipe:[123]`. */
  readonly output?: string;
  /** The value of the variable that was asked for, in the environment that it was started with. */
  readonly mark?: string;
  /** It has no program of its own: a thread of the kernel. */
  readonly isKernelThread: boolean;
}

/**
 * What a process runs.
 * @param markName a variable of its environment to read, such as `PM_RUN_ID`
 * @returns undefined if it has ended, or if its pid belongs to another process by now: then nothing that was read counts
 */
export function programOf(identity: Identity, markName: string): Program | undefined {
  const { pid } = identity;
  const row = platform.readRow(pid);
  if (row === undefined || row === 'denied') return undefined;
  const argv = platform.argvOf(pid);
  const cwd = platform.cwdOf(pid);
  const [output] = platform.outputsOf(pid);
  const mark = valueIn(platform.environOf(pid), `${markName}=`) ?? '';
  if (!isAlive(identity)) return undefined;
  return {
    argv: argv.length > 0 ? argv : [row.command],
    ...(cwd !== undefined && { cwd }),
    ppid: row.ppid,
    sid: row.sid,
    ...(output !== undefined && { output }),
    ...(mark !== '' && { mark }),
    isKernelThread: process.platform === 'linux' && argv.length === 0 && (row.ppid === 2 || pid === 2),
  };
}
