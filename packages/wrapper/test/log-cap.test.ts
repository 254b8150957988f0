import { appendFileSync, existsSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { decodeTruncated } from '@pm/protocol';
import { presentIn, readRecord } from '@pm/protocol/fs';
import { until } from '@pm/testing';
import { describe, expect, vi } from 'vitest';
import { followLog, type LaunchOptions } from '../src/index.ts';
import { type Played, pathOf, type Stage, test } from './stage.ts';

/** They wait for beats, most of the time. */
vi.setConfig({ maxConcurrency: 12 });

const CAP = 65_536;
const LINES = 65_536; // of 16 bytes: 1 MiB, sixteen times the cap

const IN_A_YEAR = Date.now() / 1_000 + 31_536_000;

/** For tests that wait for many beats. */
const BRISK = { beatMs: 50 };

const NO_HOLES = { PATH: `${pathOf('no-holes')}:${process.env['PATH']}` };

describe.concurrent('the log of a run', () => {
  test('a log over its cap keeps its head and its tail, every byte where it was written', async ({ stage }) => {
    const run = await pourOverTheCap(stage, {});
    const { from, to } = cutOf(run);
    const size = LINES * 16 + 'the end\n'.length;
    expect([from, to, statSync(run.paths.log).size]).toEqual([CAP / 2, size - CAP / 2, size]);
    expect(statSync(run.paths.log).blocks * 512).toBeLessThan(2 * CAP);
    const written = Buffer.from(
      `${Array.from({ length: LINES }, (_, line) => String(line).padStart(15, '0')).join('\n')}\nthe end\n`,
    );
    const kept = readFileSync(run.paths.log);
    expect(kept.subarray(0, from).equals(written.subarray(0, from))).toBe(true);
    expect(kept.subarray(to).equals(written.subarray(to))).toBe(true);
  });

  test('where no hole can be punched, the tail is cut off, and what comes after it goes on at its offset', async ({
    stage,
  }) => {
    const run = await pourOverTheCap(stage, NO_HOLES);
    const { from, to } = cutOf(run);
    const kept = readFileSync(run.paths.log, 'latin1');
    expect(from).toBe(CAP / 2);
    expect(to).toBeGreaterThan(CAP);
    // The bytes that were given up take no room, except for the block of the last one.
    expect(statSync(run.paths.log).blocks * 512).toBeLessThan(CAP);
    expect(kept.slice(from - 16, from)).toBe(`${String(from / 16 - 1).padStart(15, '0')}\n`);
    expect(kept.slice(from, to)).toBe('\0'.repeat(to - from));
    expect(kept.slice(to)).toMatch(/^[0-9\n]*the end\n$/);
  });

  test.for([
    ['a hole', {}],
    ['a cut', NO_HOLES],
  ] as const)('a follower is given no byte of %s, and none twice', async ([, env], { stage }) => {
    let ended = false;
    let given = '';
    let followed = Promise.resolve();
    await pourOverTheCap(stage, env, ({ paths }) => {
      followed = (async () => {
        const options = { ended: () => ended, truncatedFile: paths.truncated };
        for await (const bytes of followLog(paths.log, options)) given += bytes;
      })();
    });
    ended = true;
    await followed;
    expect(given).toMatch(/^[0-9\n]*the end\n$/);
    const numbers = given
      .split('\n')
      .filter((line) => line.length === 15)
      .map(Number);
    expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
  });

  test('standard error that is kept apart has the same cap', async ({ stage }) => {
    const run = await stage.run(['/bin/sh', pathOf('to-errors.sh'), pathOf('pour.mjs'), String(LINES)], {
      split: true,
      policy: { logCapBytes: CAP },
    });
    await run.over();
    expect(run.text('errors-truncated')).toBe(`v1 cap ${CAP / 2} ${LINES * 16 - CAP / 2}\n`);
    expect(statSync(run.paths.errors).blocks * 512).toBeLessThan(2 * CAP);
    expect(run.text('truncated')).toBeUndefined();
  });

  test('a run that ends between two beats keeps its last lines, also where no hole can be punched', async ({
    stage,
  }) => {
    const policy = { logCapBytes: CAP, beatMs: 60_000 };
    const run = await stage.run(['pour.mjs', String(LINES)], { policy, env: NO_HOLES });
    await run.over();
    const last = `${String(LINES - 1).padStart(15, '0')}\n`;
    expect(cutOf(run)).toMatchObject({ from: CAP / 2, to: CAP / 2 });
    expect(run.text('log')?.slice(-last.length)).toBe(last);
  });

  test('a log under its cap is left alone', async ({ stage }) => {
    const run = await stage.run(['pour.mjs', String(CAP / 16)], { policy: { logCapBytes: CAP } });
    await run.over();
    expect(run.text('truncated')).toBeUndefined();
    expect(run.text('log')).toHaveLength(CAP);
  });

  test('a job that truncates its own log is found out at a beat', async ({ stage }) => {
    const run = await stage.run(['reopen.sh', stage.pathOfCue('reopen'), stage.pathOfCue('go')], { policy: BRISK });
    await until(() => run.text('log') !== '');
    await measured(run);
    stage.cue('reopen');
    await until(() => run.text('truncated') !== undefined);
    expect(run.text('truncated')).toBe('v1 job 33\n');
    stage.cue('go');
    await run.over();
    expect(run.text('log')).toBe('short\n');
  });

  test('a log that does not change is hardly measured any more, and one that grows again is', async ({ stage }) => {
    const measured = stage.pathOfCue('measured');
    const PATH = `${pathOf('told-of-wc')}:${process.env['PATH']}`;
    const options = { policy: BRISK, env: { PATH, MEASURED: measured } };
    const run = await stage.run(['until.sh', stage.pathOfCue('go')], options);
    const times = (): number => (existsSync(measured) ? readFileSync(measured).length : 0);
    await until(() => run.beat() > 2 + 1_000 / BRISK.beatMs); // some shells compare whole seconds
    const [beat, before] = [run.beat(), times()];
    await until(() => run.beat() > beat + 8);
    const later = times();
    // Every tenth beat measures the log and the heartbeat.
    expect(later - before).toBeLessThanOrEqual(2 + (run.beat() - beat) / 5);
    appendFileSync(run.paths.log, 'a word\n');
    await until(() => times() > later);
    stage.cue('go');
    await run.over();
  });

  test('a log that grew unseen, its time being older than the last beat, is cut at a tenth beat', async ({ stage }) => {
    const run = await stage.run(['until.sh', stage.pathOfCue('go')], { policy: { ...BRISK, logCapBytes: CAP } });
    appendFileSync(run.paths.log, Buffer.alloc(4 * CAP));
    utimesSync(run.paths.log, 1, 1);
    await until(() => existsSync(run.paths.truncated));
    expect(cutOf(run)).toMatchObject({ from: CAP / 2 });
    stage.cue('go');
    await run.over();
  });

  test('a log that goes while it is measured is not one that its job has cut', async ({ stage }) => {
    const run = await stage.run(['until.sh', stage.pathOfCue('go')], { policy: BRISK });
    appendFileSync(run.paths.log, 'a word\n');
    utimesSync(run.paths.log, IN_A_YEAR, IN_A_YEAR); // measured at every beat
    await measured(run);
    const goesAndComes = (): void => {
      for (let times = 0; times < 2_000; times++) {
        renameSync(run.paths.log, stage.pathOfCue('away'));
        renameSync(stage.pathOfCue('away'), run.paths.log);
      }
    };
    const first = run.beat();
    await until(() => {
      goesAndComes();
      return run.beat() > first + 20;
    });
    expect(run.text('truncated')).toBeUndefined();
    stage.cue('go');
    await run.over();
  });

  test('a log that somebody deleted keeps the wrapper from nothing', async ({ stage }) => {
    const run = await stage.run(['until.sh', stage.pathOfCue('go')]);
    rmSync(run.paths.log);
    stage.cue('go');
    await run.over();
    expect(run.text('step.status')).toBe('SUCCESS\n');
  });
});

/** A run that writes sixteen times its cap: it is cut before the last 64 KiB, cut again after them, and then writes a last line. */
async function pourOverTheCap(stage: Stage, env: LaunchOptions['env'], begun?: (run: Played) => void): Promise<Played> {
  const policy = { ...BRISK, logCapBytes: CAP };
  const run = await stage.run(['pour.mjs', String(LINES), stage.folder], { policy, env });
  begun?.(run);
  for (const [told, cue] of [
    ['poured', 'more'],
    ['poured-all', 'go'],
  ] as const) {
    await until(() => existsSync(stage.pathOfCue(told)));
    await measured(run);
    stage.cue(cue);
  }
  await run.over();
  return run;
}

/** Waits for eleven beats: one of them measures the log in any case, and has finished by the next. */
async function measured(run: Played): Promise<void> {
  const beat = run.beat();
  await until(() => run.beat() > beat + 11);
}

function cutOf(run: Played): { from: number; to: number } {
  const cut = presentIn(readRecord(run.paths.truncated, decodeTruncated));
  if (cut?.by !== 'cap') throw new Error('no cut');
  return cut;
}
