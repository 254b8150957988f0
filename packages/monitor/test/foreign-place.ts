import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, utimesSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir, uptime } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { growTree, type Identity, identify, membersOf, scan, signalIfSame } from '@pm/process';
import { DEFAULT_POLICY, type OutcomeRecord, type RunRecord } from '@pm/protocol';
import { test as base, vi } from 'vitest';
import { adopt } from '../src/source/adopt-foreign-run.ts';
import { watch } from '../src/watch/watch.ts';

export const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

export const POLICY = { ...DEFAULT_POLICY, beatMs: 100, staleMs: 600, graceMs: 300 };

/** An hour ago, UTC epoch ms; later on a machine that has started since: what is older than its start was ended by that. */
export const longAgoMs = (): number => Date.now() - Math.min(3_600_000, (uptime() * 1000) / 2);

/** A directory of one test, and the processes that were started for it. */
export class Place {
  readonly dir = mkdtempSync(join(tmpdir(), 'pm-foreign-'));
  readonly started: Identity[] = [];

  seedWrapper(step: string, work: string): Identity {
    const env = { ...process.env, WORK: fixture(work), BEAT: '0.1', DIR: this.dir };
    return this.track(
      spawn(fixture('flat-files-wrapper.sh'), [step, this.dir], { env, stdio: 'ignore', detached: true }),
    );
  }

  /** Leaves the files of a wrapper that wrote its `.pid` so long ago and is gone: it has the pid of a process that began later. */
  announced(step: string, agoMs: number, pid = this.sleeper().pid): { pid: number } {
    const at = (longAgoMs() - agoMs) / 1000;
    writeFileSync(`${this.dir}/${step}.pid`, `${pid}\n`);
    writeFileSync(`${this.dir}/${step}.heartbeat`, '');
    for (const kind of ['pid', 'heartbeat']) utimesSync(`${this.dir}/${step}.${kind}`, at, at);
    return { pid };
  }

  /** A process that no run has anything to do with. */
  sleeper(options: object = {}): Identity {
    return this.track(spawn('sleep', ['1000'], { stdio: 'ignore', ...options }));
  }

  track(child: ChildProcess): Identity {
    const identity = identify(child.pid ?? 0);
    if (identity === undefined) throw new Error('the child did not start');
    this.started.push(identity);
    return identity;
  }

  async adopted(step: string, policy: Partial<typeof POLICY> = {}): Promise<RunRecord> {
    return vi.waitUntil(() => adopt(this.dir, step, { ...POLICY, ...policy }), { interval: 5, timeout: 120_000 });
  }

  async ending(run: RunRecord): Promise<OutcomeRecord> {
    for await (const event of watch(this.dir, [run], { signal: AbortSignal.timeout(120_000), by: 'test' })) {
      if (event.type === 'ended') return event.outcome;
    }
    throw new Error('no ending within two minutes');
  }

  async close(): Promise<void> {
    for (const identity of this.started.flatMap(withDescendants)) signalIfSame(identity, 'SIGKILL');
    await rm(this.dir, { recursive: true, force: true, maxRetries: 50, retryDelay: 5 }); // the dying may still write
  }
}

/** A test that brings its own place. */
export const test = base.extend<{ place: Place }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the names of what a fixture needs from this pattern
  place: async ({}, use) => {
    const place = new Place();
    try {
      await use(place);
    } finally {
      await place.close();
    }
  },
});

/** A process and all that it has started. */
export function withDescendants(root: Identity): Identity[] {
  return [root, ...membersOf(growTree({ root }, undefined, scan()))];
}
