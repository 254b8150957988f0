import { readdirSync } from 'node:fs';
import { DEFAULT_POLICY, directoryPaths, isRunId, newRunId } from '@pm/protocol';
import type { Refusal } from './answer.ts';
import type { Wanted } from './configured.ts';
import { durationText } from './duration.ts';
import { newestClaims } from './find-run.ts';
import { goesOn, viewNow } from './run-view.ts';
import { type Bounds, isWithinRoots } from './within-roots.ts';

/** What may be started, its limits within the bounds; or why it may not. */
export type BoundedStart =
  | { readonly kind: 'allowed'; readonly wanted: Wanted }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

interface Question {
  /** What the call itself said, before the configuration was put in. */
  readonly asked: Pick<Wanted, 'timeout' | 'hardTimeout' | 'logCap'>;
  readonly dir: string;
  readonly cwd: string;
  readonly bounds: Bounds;
}

/**
 * Holds a start to the bounds. What the call asks for beyond them is refused; what it leaves open is cut to them, and no extension
 * reaches further. A step that is live is let through: it will not be started again.
 * @throws the fault of a file that cannot be read
 */
export function boundedStart(wanted: Wanted, { asked, dir, cwd, bounds }: Question): BoundedStart {
  const { timeoutMs, logCapBytes, file, fault } = bounds;
  if (fault !== undefined) throw fault;
  const beyond = (what: string, most: string): BoundedStart => ({
    kind: 'refused',
    refusal: { kind: 'out-of-bounds', message: `${what}; allowed is ${most}, by the bounds of ${file}` },
  });
  if (!isWithinRoots(cwd, bounds)) return beyond(`cwd ${cwd}`, `below ${bounds.roots.join(', ')}`);
  for (const [name, value] of [
    ['timeout', asked.timeout],
    ['hardTimeout', asked.hardTimeout],
  ] as const)
    if (timeoutMs !== undefined && value !== undefined && (value ?? Infinity) > timeoutMs)
      return beyond(`${name} ${value === null ? 'none' : durationText(value)}`, `${durationText(timeoutMs)} at most`);
  if (logCapBytes !== undefined && (asked.logCap ?? 0) > logCapBytes)
    return beyond(`logCap of ${asked.logCap} bytes`, `${logCapBytes} bytes at most`);

  const live = newestClaims(dir).filter(
    ({ run }) => run.kind === 'present' && goesOn(viewNow(dir, run.value, 'pm start')),
  );
  if (!live.some(({ step }) => step === wanted.step)) {
    if (live.length >= bounds.concurrentRuns)
      return beyond(`${live.length} runs are live`, `${bounds.concurrentRuns} at a time`);
    const recent = startsWithin(dir, 60_000);
    if (recent >= bounds.startsPerMinute)
      return beyond(`${recent} starts in the last minute`, `${bounds.startsPerMinute} a minute`);
  }
  return { kind: 'allowed', wanted: { ...wanted, ...limitsWithin(wanted, bounds) } };
}

/** The run's own hard limit is the bound: whoever extends it later, and by whatever frontend, meets it. */
function limitsWithin(wanted: Wanted, { timeoutMs, logCapBytes }: Bounds): Partial<Wanted> {
  const { timeout = DEFAULT_POLICY.timeoutMs, hardTimeout, logCap = DEFAULT_POLICY.logCapBytes } = wanted;
  return {
    ...(timeoutMs !== undefined && {
      timeout: Math.min(timeout ?? Infinity, timeoutMs),
      hardTimeout: Math.min(hardTimeout ?? Infinity, timeoutMs),
    }),
    ...(logCapBytes !== undefined && { logCap: Math.min(logCap, logCapBytes) }),
  };
}

/** Run ids sort by the time of their birth. */
function startsWithin(dir: string, ms: number): number {
  const since = newRunId(Date.now() - ms, new Uint8Array(10));
  try {
    return readdirSync(directoryPaths(dir).runs).filter((id) => isRunId(id) && id > since).length;
  } catch {
    return 0; // nothing was ever started here
  }
}
