import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isAlive, signalIfSame } from '@pm/process';
import { expectStatus, JOB_MISSING, namedProcess, running, said, signalPid } from './probes.ts';
import type { PromiseName } from './promises.ts';
import { type Begin, Missed, textIn, writtenAtMs } from './writer.ts';

/** One scenario, and the promises that it tests, in this order. It stops at the first promise that is broken. */
export interface Scenario {
  readonly promises: readonly PromiseName[];
  /** Calls `kept` after each promise. */
  readonly play: (begin: Begin, kept: (evidence: string) => void) => Promise<void>;
}

export const SCENARIOS: readonly Scenario[] = [
  {
    promises: [
      'pid-before-command',
      'pid-names-the-run',
      'no-status-while-running',
      'success-after-exit-0',
      'old-status-removed',
    ],
    play: async (begin, kept) => {
      const run = await running(begin, '0');
      if (!run.hasSeen('saw-pid')) throw new Missed('there was no .pid when the command began');
      kept('the command has seen it');
      kept(namedProcess(run));
      if (run.hasSeen('saw-status') || textIn(run.flat.status).trim() !== '')
        throw new Missed(`it says ${JSON.stringify(textIn(run.flat.status))} while the command runs`);
      kept('none was there');
      run.cue('go');
      expectStatus(run, await run.ended(), 'SUCCESS');
      kept(said(run));
      await run.exited;
      const second = await running(begin, '7');
      if (second.status() !== undefined) throw new Missed(`${said(second)} in the next run, before it has ended`);
      second.cue('go');
      await second.until(
        () => second.status() === 'FAILED',
        'the next run failed, and its .status still does not say so',
      );
      kept('the next run had none until its end');
    },
  },
  single('failed-after-exit-7', async (begin) => {
    const run = begin('exit', ['7']);
    expectStatus(run, await run.ended(), 'FAILED');
    return said(run);
  }),
  single('failed-after-a-signal', async (begin) => {
    const run = begin('kill', []);
    expectStatus(run, await run.ended(), 'FAILED');
    return said(run);
  }),
  single('failed-without-a-command', async (begin) => {
    const run = begin('', [], { command: ['/nowhere/no-such-command'] });
    const code = await run.exited;
    if (run.status() === 'SUCCESS' || (run.status() === undefined && code === 0))
      throw new Missed(`exit ${code}, ${said(run)}`);
    return `exit ${code}, ${said(run)}`;
  }),
  single('arguments-as-given', async (begin) => {
    const words = ['two words', "it's", '"quoted"', '$HOME `x` \\', 'ä 中 🙂', '', '*', '-n'];
    const run = begin('exit', ['0', ...words]);
    await run.ended();
    const got = run.textOf('arguments');
    const expected = ['0', ...words].map((word) => `${word}\n`).join('');
    if (got !== expected) throw new Missed(`the command got ${JSON.stringify(got)}, not ${JSON.stringify(expected)}`);
    return `${words.length} arguments arrived`;
  }),
  single('heartbeat-goes-on', async (begin) => {
    const run = await running(begin, '0');
    const beats: number[] = [];
    while (beats.length < 3) {
      await run.until(
        () => writtenAtMs(run.flat.heartbeat) > (beats.at(-1) ?? 0),
        `it was written ${beats.length} times within 30 s`,
        30_000,
      );
      beats.push(writtenAtMs(run.flat.heartbeat));
    }
    run.cue('go');
    return `three beats in ${Math.round((beats[2] ?? 0) - (beats[0] ?? 0))} ms`;
  }),
  single('heartbeat-ends', async (begin) => {
    const run = await running(begin, '0');
    const child = identify(Number(run.textOf('began')));
    await run.until(() => writtenAtMs(run.flat.heartbeat) > 0, 'there is no .heartbeat', 30_000);
    const first = writtenAtMs(run.flat.heartbeat);
    await run.until(() => writtenAtMs(run.flat.heartbeat) > first, 'the .heartbeat was written once', 30_000);
    const intervalMs = writtenAtMs(run.flat.heartbeat) - first;
    if (run.writer !== undefined) signalIfSame(run.writer, 'SIGKILL');
    run.cue('go');
    await run.until(() => child === undefined || !isAlive(child), 'the command did not end');
    for (const untilMs = performance.now() + 4 * intervalMs + 1_000; performance.now() < untilMs; await sleep(20))
      if (run.status() !== undefined) return `the run went on without it, and ${said(run)}`;
    if (Date.now() - writtenAtMs(run.flat.heartbeat) < 2 * intervalMs)
      throw new Missed('the writer and the command are gone, and the .heartbeat is still renewed');
    return 'it ended with the writer';
  }),
  {
    promises: ['term-ends-command', 'term-is-no-success'],
    play: async (begin, kept) => {
      const run = await running(begin, '0');
      const child = identify(Number(run.textOf('began')));
      signalPid(run);
      await run.until(() => child === undefined || !isAlive(child), 'the command is still alive');
      kept('the command is gone');
      if ((await run.ended()) === 'SUCCESS') throw new Missed(said(run));
      kept(said(run));
    },
  },
  {
    promises: ['log-has-output', 'result-before-status', 'exit-code-passed-on', 'no-result-after-failure'],
    play: async (begin, kept) => {
      const run = begin('speak', ['0']);
      await run.ended();
      const [log, result] = [textIn(run.flat.log), textIn(run.flat.result)];
      if (!log.includes('to standard output\n') || !log.includes('to standard error\n'))
        throw new Missed(`it has ${JSON.stringify(log.slice(0, 200))}`);
      kept('both are there');
      if (result.trim() !== '{"answer":42}') throw new Missed(`it has ${JSON.stringify(result.slice(0, 200))}`);
      kept(result.trim());
      const good = await run.exited;
      const failed = begin('speak', ['7']);
      await failed.until(() => failed.status() === 'FAILED', 'the .status does not say FAILED');
      const bad = await failed.exited;
      if (good !== 0 || bad !== 7) throw new Missed(`after exit 0 it exits ${good}, after exit 7 ${bad}`);
      kept('0 and 7');
      if (textIn(failed.flat.result) !== '')
        throw new Missed(`it has ${JSON.stringify(textIn(failed.flat.result).slice(0, 200))}`);
      kept('there is none');
    },
  },
  single('log-is-whole', async (begin) => {
    const run = begin('print', []);
    await run.until(() => run.status() !== undefined, 'there is no .status', 60_000);
    const lines = textIn(run.flat.log).split('\n').length - 1;
    if (lines !== 20_000) throw new Missed(`it has ${lines} of 20000 lines`);
    return '20000 lines';
  }),
  single('stop-leaves-nothing', async (begin) => {
    const run = begin('parent', []);
    await run.until(() => run.hasSeen('child'), JOB_MISSING);
    const grandchild = identify(Number(run.textOf('child')));
    const { runs } = await run.stop();
    const [view] = runs;
    if (grandchild !== undefined && isAlive(grandchild))
      throw new Missed('what the command has started is still alive');
    if (view?.state !== 'ended' || view.doubt !== undefined || (view.survivors ?? []).length > 0)
      throw new Missed(view?.doubt ?? view?.evidence ?? 'the run was not found');
    return `all are gone: ${view.outcome}`;
  }),
  single('two-at-once', async (begin) => {
    const [one, other] = [await running(begin, '0', 'one'), await running(begin, '7', 'other')];
    other.cue('go');
    expectStatus(other, await other.ended(), 'FAILED');
    if (one.status() !== undefined) throw new Missed(`the end of one run has ended the other: ${said(one)}`);
    one.cue('go');
    expectStatus(one, await one.ended(), 'SUCCESS');
    expectStatus(other, await other.ended(), 'FAILED');
    return 'each has its own ending';
  }),
  single('unwritable-refused', async (begin) => {
    const file = `${begin('exit', ['0']).seen}/file`;
    writeFileSync(file, '');
    const run = begin('exit', ['0'], { dir: `${file}/dir` });
    const code = await run.exited;
    if (run.hasSeen('began')) throw new Missed('the command ran, but its ending cannot be recorded');
    if (code === 0) throw new Missed('it exits 0');
    return `exit ${code}`;
  }),
];

function single(promise: PromiseName, play: (begin: Begin) => Promise<string>): Scenario {
  return { promises: [promise], play: async (begin, kept) => kept(await play(begin)) };
}
