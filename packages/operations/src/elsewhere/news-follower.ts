import { setTimeout as sleep } from 'node:timers/promises';
import type { FleetQueue } from '@pm/fleet';
import { findResident } from '@pm/monitor';
import { presentIn, readRunRecord } from '@pm/protocol/fs';
import { openEngine } from './engine-of-queue.ts';
import { type EntryElsewhere, hasEntries, noteAsked, openEntries, wasAsked } from './entries.ts';
import type { Follow } from './fetch-news.ts';

/** How often to ask for news. A stop is on its way as long, at each end. */
const LOOK_MS = 500;
/** How long to wait after an engine could not be asked. */
const AGAIN_MS = 2_000;

const MOST_LOOK_MS = 2_000;
/** What was asked for in this time need not be asked for again to be shown. */
const FRESH_MS = 5_000;
const LAST_LOOK_MS = 500;
/** Of the entries that nobody holds, so many are asked for in one look, each in its turn. An engine has many submitters with long lines. */
const MOST_AT_REST = 20;
/** How often to take back what no worker holds any longer. */
const RECOVER_MS = 5_000;

/** Asks for the news of the runs elsewhere of a directory. */
export interface NewsFollower {
  /** One look at all that are open, or at those that it comes to before the signal. An engine that cannot be reached is asked again later. Never rejects. */
  readonly look: (signal?: AbortSignal) => Promise<void>;
}

/** @param dir the directory of runs of the submitter */
export function openFollower(dir: string): NewsFollower {
  const known = new Map<string, Follow>();
  const pausedUntilMs = new Map<string, number>();
  const recoverAtMs = new Map<string, number>();
  // Workers do the same, but the last one may be dead.
  const recover = async (queue: string, fleet: FleetQueue): Promise<string[]> => {
    if ((recoverAtMs.get(queue) ?? 0) > performance.now()) return [];
    recoverAtMs.set(queue, performance.now() + RECOVER_MS);
    return await fleet.recover().catch(() => []); // a clock that is wrong, for example: then others do it
  };
  // A look may be cut short. So it begins with the entry that was asked for longest ago, and new ones come in random order; otherwise the last
  // would never be asked for.
  const inTurn = (entries: EntryElsewhere[]): EntryElsewhere[] => {
    const rank = new Map(entries.map(({ id }) => [id, known.get(id)?.askedAtMs ?? -Math.random()]));
    return entries.sort((a, b) => (rank.get(a.id) ?? 0) - (rank.get(b.id) ?? 0));
  };
  const look = async (signal?: AbortSignal): Promise<void> => {
    const entries = openEntries(dir);
    if (entries.length === 0) return;
    const { fetchNews } = await import('./fetch-news.ts');
    for (const id of known.keys()) if (!entries.some((entry) => entry.id === id)) known.delete(id);
    await Promise.all(
      [...new Set(entries.map(({ queue }) => queue))].map(async (queue) => {
        if ((pausedUntilMs.get(queue) ?? 0) > performance.now()) return;
        try {
          const fleet = await openEngine(queue, dir);
          const recovered = await recover(queue, fleet);
          const mine = inTurn(entries.filter((one) => one.queue === queue));
          const asked = await chooseAsked(dir, mine, fleet, recovered);
          // Of the others the engine has just said that nobody holds them.
          for (const entry of mine) if (!asked.includes(entry)) noteAsked(dir, entry);
          for (const entry of asked) {
            if (signal?.aborted === true) return;
            const follow = known.get(entry.id) ?? { rows: 0 };
            known.set(entry.id, follow);
            follow.askedAtMs = performance.now();
            await fetchNews(dir, entry, fleet, follow);
            noteAsked(dir, entry);
          }
        } catch {
          // The engine is away, the configuration was changed, or the disk is full: what is on record stays true, and says how old it is.
          pausedUntilMs.set(queue, performance.now() + AGAIN_MS);
        }
      }),
    );
  };
  return { look };
}

/** Which entries to ask for in this look: first those with news, as a look may be cut short. @param entries the one that was asked for longest ago first */
async function chooseAsked(
  dir: string,
  entries: readonly EntryElsewhere[],
  fleet: FleetQueue,
  recovered: readonly string[],
): Promise<readonly EntryElsewhere[]> {
  if (entries.length <= MOST_AT_REST) return entries;
  const moving = new Set([...(await fleet.inMotion()), ...recovered]);
  // One that has begun and is not in motion has lost its holder, or ended before the last ones that the engine names.
  const isUrgent = ({ id, offer }: EntryElsewhere): boolean =>
    moving.has(id) || offer !== undefined || presentIn(readRunRecord(dir, id)) !== undefined;
  const urgent = new Set(entries.filter(isUrgent));
  return [...urgent, ...entries.filter((entry) => !urgent.has(entry)).slice(0, MOST_AT_REST)];
}

/** Does something that waits for runs of a directory. Meanwhile the reports of those elsewhere are fetched, because perhaps no resident does. */
export async function withNews<T>(dir: string, work: () => Promise<T>): Promise<T> {
  return hasEntries(dir) ? withNewsOfAll(dir, work) : work();
}

/** The same for work that itself adds entries. What this process does at the same time for the directory shares one follower. */
export async function withNewsOfAll<T>(dir: string, work: () => Promise<T>): Promise<T> {
  const one = followed.get(dir) ?? follow(dir);
  followed.set(dir, one);
  one.users += 1;
  try {
    return await work();
  } finally {
    one.users -= 1;
    if (one.users === 0) {
      followed.delete(dir);
      await one.end();
    }
  }
}

/** A directory whose news this process fetches. */
interface Followed {
  users: number;
  readonly end: () => Promise<void>;
}

const followed = new Map<string, Followed>();

function follow(dir: string): Followed {
  const over = new AbortController();
  const { look } = openFollower(dir);
  const following = (async () => {
    while (!over.signal.aborted) {
      await look(over.signal);
      await sleep(LOOK_MS, undefined, { signal: over.signal }).catch(() => {});
    }
  })();
  return {
    users: 0,
    end: async () => {
      over.abort();
      // A look that has begun may still write a record. It does not hold up the answer if the engine is away.
      await Promise.race([following, sleep(LAST_LOOK_MS, undefined, { ref: false })]);
    },
  };
}

/**
 * For those who show how runs stand: one look, unless a resident has just asked for all of them. It asks all the time, but one that was
 * started without the variable with the address of the engine cannot. An engine that is away holds nobody up for longer than `MOST_LOOK_MS`.
 */
export async function newsNow(dir: string): Promise<void> {
  if (
    findResident(dir) !== undefined &&
    openEntries(dir).every((entry) => entry.offer === undefined && wasAsked(dir, entry, FRESH_MS))
  )
    return;
  const over = new AbortController();
  const limit = sleep(MOST_LOOK_MS, undefined, { signal: over.signal }).catch(() => {});
  await Promise.race([openFollower(dir).look(over.signal), limit]);
  over.abort();
}

/** The resident's part: looks now and then. Returns at once and never throws. */
export function openElsewhereWork(dir: string): { readonly turn: () => void } {
  const { look } = openFollower(dir);
  let isBusy = false;
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  return {
    turn: () => {
      if (isBusy || performance.now() - lookedAtMs < LOOK_MS || !hasEntries(dir)) return;
      isBusy = true;
      look().finally(() => {
        isBusy = false;
        lookedAtMs = performance.now();
      });
    },
  };
}
