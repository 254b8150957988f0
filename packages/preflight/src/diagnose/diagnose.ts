import type { CauseFamily, Exit, LikelyCause } from './cause.ts';
import { modules } from './modules.ts';
import { network, PORT_IN_USE } from './network.ts';
import { isCodeError, isOver, isQuoted } from './non-cause.ts';
import { programs } from './programs.ts';
import { KERNEL_KILLED, resources } from './resources.ts';

export type { Exit, LikelyCause } from './cause.ts';

/** In this order: what is told of a module or a library is more exact than what is told of a file. */
const FAMILIES: readonly CauseFamily[] = [modules, network, resources, programs];
const MOST_CHARACTERS = 4_000;

// Why: contributing/decisions/2026-11-29-causes-with-a-name.md
/**
 * Guesses from the last lines of a log whether a run failed because of its environment, and of what. The last line that tells a cause
 * decides, because errors above it may have been caught. An error of the code below it, or a word that it works again, means that there
 * is none. Pure. It is a guess: the check that it names finds out.
 * @param tail the end of the log as a terminal shows it
 * @returns undefined if nothing points to the environment
 */
export function likelyCause(tail: string, exit: Exit): LikelyCause | undefined {
  let vague: { readonly found: Found; readonly at: number } | undefined;
  for (const [at, whole] of tail.split('\n').toReversed().entries()) {
    const line = whole.slice(0, MOST_CHARACTERS).trimEnd();
    if (isQuoted(line)) continue;
    if (isOver(line)) break;
    const found = findIn(line, exit);
    if (vague === undefined && found?.cause.spec !== undefined) return found.cause;
    if (vague !== undefined && found?.family === vague.found.family && found.cause.spec !== undefined)
      return found.cause;
    if (found !== undefined) vague ??= { found, at };
    if (isCodeError(line) || (vague !== undefined && at - vague.at >= MORE_LINES)) break;
  }
  if (vague !== undefined) return withPortOf(vague.found.cause, exit);
  return exit.reason === 'oom-killed' ? { why: KERNEL_KILLED } : undefined;
}

/** A program may say the same twice, first with an address and then without: `code: 'EADDRINUSE'`. So far up a better line is looked for. */
const MORE_LINES = 12;

interface Found {
  readonly cause: LikelyCause;
  readonly family: CauseFamily;
}

function findIn(line: string, exit: Exit): Found | undefined {
  if (isCodeError(line)) return undefined;
  for (const family of FAMILIES) {
    const cause = family(line, exit);
    if (cause !== undefined) return { cause, family };
  }
  return undefined;
}

/** Some programs say only that a port is in use. If their command names one number that can be a port, it is that. */
function withPortOf(cause: LikelyCause, { command = [], port: given }: Exit): LikelyCause {
  if (cause !== PORT_IN_USE) return cause;
  if (given !== undefined) {
    const why = `a port is in use, most likely ${given}, which it was given; the check names the process that holds it`;
    return { spec: `port:${given}`, why, port: given };
  }
  const ports = new Set(
    command.flatMap((word) => /^(?:-{0,2}[a-z.-]{0,30}[= ]?|[\w.[\]:-]{0,64}:)?(\d{2,5})$/i.exec(word)?.[1] ?? []),
  );
  const [port, ...others] = ports;
  if (port === undefined || others.length > 0 || Number(port) > 65_535) return cause;
  return {
    spec: `port:${port}`,
    why: `a port is in use, most likely ${port} of its command; the check names the process that holds it`,
    port: Number(port),
  };
}
