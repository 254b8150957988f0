import { existsSync } from 'node:fs';
import { isAlive, lifeOf, scan, thisWorld } from '@pm/process';
import { directoryPaths, type OutcomeRecord, type RunRecord, runPaths } from '@pm/protocol';
import { presentIn } from '@pm/protocol/fs';
import { type Bell, bellOn } from './bell.ts';
import { nextLookMs } from './cadence.ts';
import { carryOut } from './carry-out.ts';
import { conclude, order } from './conclude.ts';
import { continueWrapper } from './continue-wrapper.ts';
import { decide, type Verdict } from './decide.ts';
import { noteEvent } from './events.ts';
import { foreignHasEnded } from './foreign.ts';
import { type Look, observe, type Tick } from './observe.ts';
import { writeTrace } from './trace.ts';

export interface WatchOptions {
  /** Ends the watching, never a run. */
  readonly signal: AbortSignal;
  /** Who watches: named in the endings and events it writes. */
  readonly by: string;
}

/** What a watcher tells: each look and what it means, before that is acted on; and each run's end once. */
export type WatchEvent =
  | { readonly type: 'look'; readonly run: RunRecord; readonly look: Look; readonly verdict: Verdict }
  | { readonly type: 'ended'; readonly run: RunRecord; readonly outcome: OutcomeRecord };

interface Watched {
  readonly run: RunRecord;
  look: Look | undefined;
  plannedMs: number;
  dueAtMs: number;
  acting: boolean;
  /** The kill was carried out and left survivors: the exit may never come. */
  survived: boolean;
}

/**
 * Watches runs until all have ended or the signal aborts: looks, judges, acts. Any number of watchers may do so at once, in any
 * process; what they write is created once. Nothing keeps the process alive after it returns.
 */
export async function* watch(
  dir: string,
  runs: readonly RunRecord[],
  options: WatchOptions,
): AsyncGenerator<WatchEvent, void, void> {
  const live = new Set<Watched>(
    runs.map((run) => ({ run, look: undefined, plannedMs: 0, dueAtMs: 0, acting: false, survived: false })),
  );
  const bell = bellOn(foldersOf(dir, runs));
  try {
    while (live.size > 0 && !options.signal.aborted) {
      const tick = newTick();
      for (const watched of live) {
        if (!isDue(dir, watched, tick)) continue;
        const look = observe(dir, watched.run, tick, watched.look, watched.plannedMs);
        const verdict = decide(look.observation, watched.run.policy);
        plan(dir, watched, look);
        yield { type: 'look', run: watched.run, look, verdict };
        // The kernel takes milliseconds to tear a watch down: it may do so while the last outcome is written.
        if (verdict.verdict === 'ended' && live.size === 1) bell.close();
        const outcome = act(dir, watched, verdict, options, bell);
        if (outcome === undefined) continue;
        live.delete(watched);
        yield { type: 'ended', run: watched.run, outcome };
      }
      const nextAtMs = Math.min(...[...live].map(({ dueAtMs }) => dueAtMs));
      if (live.size > 0)
        await bell.wait(Math.min(Math.max(nextAtMs - performance.now(), 1), GLANCE_MS), options.signal);
    }
  } finally {
    bell.close();
  }
}

/** Runs whose own folder is watched as well: there an exit shows 2 ms before it is announced in `ended/`. */
const WATCHED_FOLDERS = 16;

function foldersOf(dir: string, runs: readonly RunRecord[]): string[] {
  const own = runs.slice(0, WATCHED_FOLDERS).map(({ id }) => runPaths(dir, id).folder);
  const flat = runs.some(({ foreign }) => foreign !== undefined) ? [dir] : [];
  return [directoryPaths(dir).ended, ...own, ...flat];
}

/** Between looks: how often to see whether an exit is out or a wrapper is gone, for a few small looks. */
const GLANCE_MS = 1_000;

function newTick(): Tick {
  let table: ReturnType<typeof scan> | undefined;
  return {
    monotonicMs: performance.now(),
    wallMs: Date.now(),
    world: thisWorld(),
    table: () => {
      table ??= scan();
      return table;
    },
  };
}

/** The time has come, or a glance says that something has happened. */
function isDue(dir: string, { run, look, dueAtMs }: Watched, tick: Tick): boolean {
  if (look === undefined || tick.monotonicMs >= dueAtMs) return true;
  if (run.foreign !== undefined && foreignHasEnded(dir, run, tick.wallMs)) return true;
  const paths = runPaths(dir, run.id);
  if (existsSync(paths.exit) || existsSync(paths.outcome)) return true;
  if (existsSync(paths.ending) !== (look.observation.ending !== undefined)) return true;
  const [recorder, root] = [presentIn(look.disk.wrapper), presentIn(look.disk.command)];
  if (recorder !== undefined && look.observation.wrapper === 'running') return lifeOf(recorder) !== 'running';
  // Without its wrapper the command leaves no word when it goes.
  return root !== undefined && look.observation.wrapper === 'gone' && !isAlive(root);
}

function plan(dir: string, watched: Watched, look: Look): void {
  const silent = look.memory.silentMs > 0 || look.memory.quietMs > 0;
  // The first look, too: a waiter that stays for one look only leaves at least what the next one is to be compared with.
  if ((silent || watched.look === undefined) && look.memory.signs.beat !== watched.look?.memory.signs.beat)
    writeTrace(dir, watched.run.id, look.memory);
  watched.look = look;
  watched.plannedMs = nextLookMs(look.observation, watched.run.policy);
  watched.dueAtMs = look.atMs + watched.plannedMs;
}

/** The acting half. An outcome is returned once it is on disk; kills go on beside the watching. */
function act(
  dir: string,
  watched: Watched,
  verdict: Verdict,
  { by }: WatchOptions,
  bell: Bell,
): OutcomeRecord | undefined {
  const { run, look } = watched;
  if (watched.survived) return conclude(dir, run, { tree: look?.tree, by });
  switch (verdict.verdict) {
    case 'waiting':
      return undefined;
    case 'ended':
      return conclude(dir, run, { tree: look?.tree, by });
    case 'lost':
      return conclude(dir, run, { tree: look?.tree, by, lost: verdict });
    case 'continue-wrapper':
      continueWrapper(dir, run.id);
      return undefined;
    case 'order':
      if (order(dir, run.id, verdict.cause, by, verdict.evidence)) kill(dir, watched, by, bell);
      return undefined;
    case 'finish-kill':
      kill(dir, watched, by, bell);
      return undefined;
    default:
      return verdict satisfies never;
  }
}

function kill(dir: string, watched: Watched, by: string, bell: Bell): void {
  if (watched.acting) return;
  watched.acting = true;
  carryOut(dir, watched.run, { tree: watched.look?.tree, by })
    .then(({ survivors }) => {
      watched.survived = survivors.length > 0;
    })
    .catch((error) => noteEvent(dir, watched.run.id, by, 'kill-failed', { error: String(error) }))
    .finally(() => {
      watched.acting = false;
      watched.dueAtMs = 0;
      bell.ring();
    });
}
