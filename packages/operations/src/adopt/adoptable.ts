import { realpathSync } from 'node:fs';
import { basename } from 'node:path';
import { type Identity, identify, isOfThisUser, lifeOf, type Program, programOf, scan, seesOwnPids } from '@pm/process';
import { isRunId, PmError } from '@pm/protocol';

/** A process that can be adopted. */
export interface Adoptable {
  readonly process: Identity;
  readonly program: Program;
}

/**
 * The process with this pid, if it may be taken under watch: it is alive, of this user, and neither pm's own nor one
 * that this call comes from.
 * @throws PmError `usage` with the reason if it may not
 */
export function adoptable(pid: number): Adoptable {
  if (pid <= 1) throw refused(`${pid} is no process that can be adopted`, 'Name a pid above 1');
  if (!seesOwnPids())
    throw refused(
      '/proc shows the processes of another pid namespace, so no pid is certain here',
      'Adopt it from there',
    );
  const process = identify(pid);
  if (process === undefined) throw noSuchProcess(pid);
  if (!isOfThisUser(process))
    throw refused(`Process ${pid} belongs to another user, and pm signals only your own`, 'Adopt it as that user');
  const life = lifeOf(process);
  const program = programOf(process, 'PM_RUN_ID');
  if (program === undefined || life === 'gone' || life === 'zombie') throw noSuchProcess(pid);
  if (program.isKernelThread) throw refused(`Process ${pid} is a thread of the kernel`, 'Name a program of yours');
  const relation = relationToCaller(pid);
  if (relation !== undefined)
    throw refused(`Process ${pid} (${program.argv[0]}) is ${relation}: to stop it would end whoever asks`, ONLY_OTHERS);
  if (isOfPm(program)) throw refused(`Process ${pid} is pm itself`, ONLY_OTHERS);
  return { process, program };
}

const ONLY_OTHERS = 'Name the process of the server or job itself; pgrep -af NAME lists candidates';

/** A process of pm: it supervises a run, is the resident monitor, or is a call. */
function isOfPm({ mark, argv }: Program): boolean {
  if (mark !== undefined && !isRunId(mark) && (mark === 'resident' || mark.startsWith('supervisor-of-'))) return true;
  const own = realPathOf(process.argv[1] ?? '');
  return argv.slice(0, 2).some((word) => PROGRAMS.has(basename(word)) || (own !== '' && realPathOf(word) === own));
}

const PROGRAMS = new Set(['pm', 'pm-mcp', 'pm.js', 'pm-mcp.js']);

function realPathOf(path: string): string {
  try {
    return path.startsWith('/') ? realpathSync(path) : '';
  } catch {
    return '';
  }
}

/** How a process is related to this one, if to end it could end this one. */
function relationToCaller(pid: number): string | undefined {
  if (pid === process.pid) return 'pm itself';
  const table = scan();
  const seen = new Set<number>();
  for (let above = process.ppid; above > 1 && !seen.has(above); above = table.get(above)?.ppid ?? 0) {
    if (above === pid) return 'above this call, such as its shell';
    seen.add(above);
  }
  const me = table.get(process.pid);
  if (me?.sid === pid) return 'the leader of the session of this call';
  return me?.pgid === pid ? 'the leader of the process group of this call' : undefined;
}

function noSuchProcess(pid: number): PmError {
  return refused(`There is no live process ${pid}`, 'If it has just ended, only the shell that started it knows how');
}

function refused(message: string, next: string): PmError {
  return new PmError('usage', `${message}. Nothing was adopted.`, `${next}.`);
}
