import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodeTruncated, type LogChunk, type Report, type RunRecord, runPaths } from '@pm/protocol';
import { keepReport, presentIn, readClaim, readQueued, readRecord, readReport } from '@pm/protocol/fs';
import { until } from '@pm/testing';
import { rolldown } from 'rolldown';
import { describe, expect } from 'vitest';
import { applyLog } from '../src/mirror/apply-log.ts';
import { applyLoss } from '../src/mirror/apply-loss.ts';
import { applyReport } from '../src/mirror/apply-report.ts';
import { behindChunk } from '../src/mirror/carry-log.ts';
import { refusalReport, reportOf } from '../src/mirror/report-of.ts';
import { stopOrderOf } from '../src/mirror/stop-order.ts';
import { begunOn, bytesOf, type Carried, carrierOf, queueAs, WORKER, workerDir } from './elsewhere.ts';
import { animal, QUICK, type Stage, test, textOf } from './stage.ts';

async function applyAll(dir: string, run: Pick<RunRecord, 'id' | 'step'>, all: readonly Carried[]): Promise<void> {
  const early: LogChunk[] = [];
  for (const carried of all) {
    if ('chunk' in carried) {
      if (applyLog(dir, run.id, carried.chunk) === undefined) early.push(carried.chunk);
    } else await applyReport(dir, run, carried.report, { chunks: early.splice(0) });
  }
}

/** Ends the run on its worker. */
function finishOn(stage: Stage, cue = 'go'): void {
  stage.cue(cue);
}

describe('a run elsewhere', () => {
  test('is listed, shown, waited for and read like any other, and ends as its worker says', async ({ stage }) => {
    const run = await begunOn(stage, 'train', {
      command: [
        'sh',
        '-c',
        'echo begun; until [ -e "$STAGE/go" ]; do sleep 0.05; done; echo \'{"loss":1}\' > "$PM_RESULT"; echo over',
      ],
      ...QUICK,
    });
    queueAs(stage.dir, run);
    expect(await stage.askOne('status', { step: 'train' })).toMatchObject({ state: 'queued' });
    const carrier = carrierOf(workerDir(stage), run.id);
    await until(() => {
      carrier.report();
      return carrier.all.some((one) => 'chunk' in one);
    }, 'its first line is carried');
    await applyAll(stage.dir, run, carrier.all);
    expect(presentIn(readQueued(stage.dir, 'train'))).toBeUndefined();
    const live = await stage.askOne('status', { step: 'train' });
    expect(live).toMatchObject({
      id: run.id,
      state: 'running',
      cwd: run.cwd,
      evidence: `on ${WORKER}: wrapper and command alive`,
    });
    expect(live, 'its pid would name another process here').not.toHaveProperty('pid');
    expect((await stage.ask('ls', {})).runs).toMatchObject([{ step: 'train', state: 'running' }]);
    expect(await logText(stage, 'train')).toBe('begun\n');
    const waiting = stage.askOne('wait', { steps: ['train'] });
    finishOn(stage);
    await carrier.untilLast();
    await applyAll(stage.dir, run, carrier.all);
    const ended = {
      state: 'ended',
      outcome: 'success',
      evidence: `exit 0; reported by ${WORKER}`,
      result: { loss: 1 },
    };
    expect(await waiting).toMatchObject(ended);
    expect(await logText(stage, 'train')).toBe('begun\nover\n');
    expect(textOf(join(stage.dir, 'train.status'))).toBe('SUCCESS\n');
    expect(textOf(join(stage.dir, 'train.log'))).toBe('begun\nover\n');
    expect(textOf(join(stage.dir, 'train.result'))).toBe('{"loss":1}');
    expect(existsSync(join(stage.dir, 'train.pid'))).toBe(false);
    expect((await stage.ask('recover', {})).runs).toMatchObject([{ step: 'train', outcome: 'success' }]);
    const pruned = await stage.ask('prune', { keep: 0, all: true });
    expect(pruned.pruned?.steps).toMatchObject([{ step: 'train', ids: [run.id] }]);
    expect(await applyReport(stage.dir, run, carrier.report())).toEqual({ kind: 'gone' });
    expect(existsSync(runPaths(stage.dir, run.id).folder)).toBe(false);
  });

  test('has a log that can be followed while it is carried', async ({ stage }) => {
    const run = await begunOn(stage, 'train', { command: [animal('prints-now-and-then.sh')], ...QUICK });
    queueAs(stage.dir, run);
    const carrier = carrierOf(workerDir(stage), run.id);
    await applyReport(stage.dir, run, carrier.report());
    let heard = '';
    const report = async ({ bytes }: { readonly bytes?: Uint8Array }): Promise<void> => {
      heard += Buffer.from(bytes ?? []).toString();
    };
    const following = stage.ask('logs' as never, { step: 'train', follow: true }, { report: report as never });
    let applied = 0;
    const carry = async (): Promise<void> => {
      carrier.report();
      const fresh = carrier.all.slice(applied);
      applied = carrier.all.length;
      await applyAll(stage.dir, run, fresh);
    };
    while (!heard.includes('still here')) {
      await carry();
      await new Promise((resolve) => setImmediate(resolve));
    }
    finishOn(stage);
    await carrier.untilLast();
    await applyAll(stage.dir, run, carrier.all);
    await following;
    expect(heard).toBe(textOf(runPaths(workerDir(stage), run.id).log));
  });

  test('has failed with the exit status and the last lines of its worker', async ({ stage }) => {
    const run = await begunOn(stage, 'train', { command: [animal('tells.sh'), 'out of memory', '3'], ...QUICK });
    queueAs(stage.dir, run);
    const carrier = carrierOf(workerDir(stage), run.id);
    await carrier.untilLast();
    await applyAll(stage.dir, run, carrier.all);
    const failed = { outcome: 'failed', exitCode: 3, tail: 'out of memory', advice: 'fix' };
    expect(await stage.askOne('wait', { steps: ['train'] })).toMatchObject(failed);
    expect(textOf(join(stage.dir, 'train.status'))).toBe('FAILED\n');
  });

  test('is not judged by anything here: without news its evidence says so, and nobody invents how it ended', async ({
    stage,
  }) => {
    const run = await begunOn(stage, 'train', {
      command: [animal('waits-for.sh'), 'go'],
      ...QUICK,
      timeout: '50ms',
      hardTimeout: '1h',
    });
    queueAs(stage.dir, run);
    const report = carrierOf(workerDir(stage), run.id).report();
    await applyReport(stage.dir, run, report);
    await stage.ask('stop', { steps: ['train'], dir: workerDir(stage), force: true });
    // The worker is on this machine. Its processes are gone, its limit is over and its heartbeat is stale, and all this proves nothing.
    keepReport(stage.dir, { ...report, seq: report.seq + 1 }, Date.now() - 40_000);
    const live = await stage.askOne('wait', { steps: ['train'] });
    expect(live).toMatchObject({ state: 'running', attention: 'quiet', evidence: `no news from ${WORKER} for 40s` });
    const { evidence } = await stage.askOne('status', { step: 'train' });
    expect(evidence).toMatch(/^no news from gpu-1 for 4\ds; its last report: /);
    expect(existsSync(runPaths(stage.dir, run.id).outcome)).toBe(false);
    expect(existsSync(runPaths(stage.dir, run.id).ending)).toBe(false);
    await applyLoss(stage.dir, run, {
      worker: report.worker,
      reason: 'beat-stale',
      evidence: 'its lease was over',
      at: Date.now(),
    });
    const lost = { outcome: 'lost', reason: 'beat-stale', evidence: 'its lease was over', advice: 'retry' };
    expect(await stage.askOne('status', { step: 'train' })).toMatchObject(lost);
  });

  test('is stopped by an order that its worker carries out and confirms, with the survivors named', async ({
    stage,
  }) => {
    const run = await begunOn(stage, 'train', { command: [animal('waits-for.sh'), 'go'], ...QUICK });
    queueAs(stage.dir, run);
    const carrier = carrierOf(workerDir(stage), run.id);
    await applyReport(stage.dir, run, carrier.report());
    expect(stopOrderOf(stage.dir, run.id)).toBeUndefined();
    const stopping = stage.askOne('stop', { steps: ['train'], reason: 'no need' });
    await until(() => stopOrderOf(stage.dir, run.id) !== undefined, 'the order is on record');
    expect(stopOrderOf(stage.dir, run.id)).toMatchObject({ cause: 'cancelled', evidence: 'no need' });
    const meanwhile = await stage.askOne('status', { step: 'train' });
    const ordered = `termination ordered: cancelled, to be carried out by ${WORKER}`;
    expect(meanwhile).toMatchObject({ state: 'stopping', evidence: ordered });
    await stage.ask('stop', { steps: ['train'], dir: workerDir(stage), reason: 'no need' });
    const last = carrier.report();
    const survivors = [{ pid: 4_000_000, startTime: '1', command: 'stuck' }];
    if (last.outcome === undefined) throw new Error('it has not ended');
    await applyReport(stage.dir, run, { ...last, outcome: { ...last.outcome, survivors } });
    expect(await stopping).toMatchObject({ state: 'ended', outcome: 'cancelled', reason: 'asked', survivors });
    expect(stopOrderOf(stage.dir, run.id)).toBeUndefined();
  });

  test('that ends by itself before the order arrives keeps its own outcome', async ({ stage }) => {
    const run = await begunOn(stage, 'train', { command: [animal('waits-for.sh'), 'go'], ...QUICK });
    queueAs(stage.dir, run);
    const carrier = carrierOf(workerDir(stage), run.id);
    await applyReport(stage.dir, run, carrier.report());
    const stopping = stage.askOne('stop', { steps: ['train'] });
    await until(() => stopOrderOf(stage.dir, run.id) !== undefined, 'the order is on record');
    finishOn(stage);
    await carrier.untilLast();
    await applyAll(stage.dir, run, carrier.all);
    expect(await stopping).toMatchObject({ outcome: 'success' });
    expect(textOf(runPaths(stage.dir, run.id).ending)).toBe('v1 exit 0\n');
  });

  test('that was refused on its worker never began, and says why', async ({ stage }) => {
    const run = await begunOn(stage, 'train', { command: ['true'], ...QUICK });
    queueAs(stage.dir, run);
    const refused = { kind: 'preflight-failed', message: 'cuda: no device.' };
    await applyReport(stage.dir, run, refusalReport(run.id, undefined, { name: WORKER }, refused));
    const never = { outcome: 'cancelled', reason: 'preflight-failed', evidence: `on ${WORKER}: cuda: no device` };
    expect(await stage.askOne('status', { step: 'train' })).toMatchObject(never);
  });

  test('that was lost before its first report is told as lost', async ({ stage }) => {
    const run = await begunOn(stage, 'train', { command: ['true'], ...QUICK });
    queueAs(stage.dir, run);
    const { worker } = refusalReport(run.id, undefined, { name: WORKER }, { kind: '', message: '' });
    const loss = { worker, reason: 'wrapper-gone', evidence: 'its lease was over', at: Date.now() } as const;
    await applyLoss(stage.dir, run, loss);
    expect(await stage.askOne('wait', { steps: ['train'] })).toMatchObject({ outcome: 'lost', cwd: '/here' });
  });

  test('waits for a run of its step that is live here', async ({ stage }) => {
    await stage.ask('start', { step: 'train', command: [animal('waits-for.sh'), 'here'], ...QUICK });
    const run = await begunOn(stage, 'train', { command: [animal('waits-for.sh'), 'go'], ...QUICK });
    queueAs(stage.dir, run);
    const report = carrierOf(workerDir(stage), run.id).report();
    expect(await applyReport(stage.dir, run, report)).toEqual({ kind: 'later' });
    finishOn(stage, 'here');
    await until(() => textOf(join(stage.dir, 'train.status')) !== '', 'the other run has ended');
    expect(await applyReport(stage.dir, run, report)).toMatchObject({ kind: 'applied' });
    expect(presentIn(readClaim(stage.dir, 'train')?.run ?? { kind: 'absent' })?.id).toBe(run.id);
    await stage.ask('stop', { steps: ['train'], dir: workerDir(stage), force: true });
    await applyReport(stage.dir, run, carrierOf(workerDir(stage), run.id).report());
  });

  test('whose queue has no engine any more refuses a new limit', async ({ stage }) => {
    const run = await begunOn(stage, 'train', { command: [animal('waits-for.sh'), 'go'], ...QUICK });
    queueAs(stage.dir, run);
    const carrier = carrierOf(workerDir(stage), run.id);
    await applyReport(stage.dir, run, carrier.report());
    await expect(stage.ask('extend', { step: 'train', limit: '+1h' })).rejects.toMatchObject({
      code: 'usage',
      message: 'pm.config.json does not say which engine keeps the queue gpu.',
    });
    finishOn(stage);
    await carrier.untilLast();
    await applyAll(stage.dir, run, carrier.all);
  });

  test('is written into no file and no FIFO that somebody has put in the place of its heartbeat', async ({ stage }) => {
    const run = await begunOn(stage, 'train', { command: [animal('waits-for.sh'), 'go'], ...QUICK });
    queueAs(stage.dir, run);
    const carrier = carrierOf(workerDir(stage), run.id);
    const report = carrier.report();
    await applyReport(stage.dir, run, report);
    const { heartbeat } = runPaths(stage.dir, run.id);
    const precious = join(stage.folder, 'precious');
    writeFileSync(precious, 'mine');
    let n = 1_000;
    for (const put of [
      () => symlinkSync(precious, heartbeat),
      () => execFileSync('mkfifo', [heartbeat]),
      () => mkdirSync(heartbeat),
    ]) {
      rmSync(heartbeat, { force: true });
      put();
      n += 1;
      await applyReport(stage.dir, run, { ...report, seq: report.seq + n, beat: { n, at: Date.now() } });
      expect(lstatSync(heartbeat).isFile()).toBe(true);
      expect(textOf(heartbeat)).toBe(`${n}\n`);
    }
    expect(textOf(precious)).toBe('mine');
    finishOn(stage);
    await carrier.untilLast();
    const last = carrier.report();
    await applyReport(stage.dir, run, { ...last, seq: last.seq + 2 * n });
  });

  test('with a result that is nested too deeply has ended all the same, and says so', async ({ stage }) => {
    const run = await begunOn(stage, 'train', { command: ['true'], ...QUICK });
    queueAs(stage.dir, run);
    const carrier = carrierOf(workerDir(stage), run.id);
    await carrier.untilLast();
    const result = '['.repeat(100_000) + ']'.repeat(100_000);
    await applyReport(stage.dir, run, { ...carrier.report(), result });
    expect(await stage.askOne('wait', { steps: ['train'] })).toMatchObject({
      outcome: 'success',
      resultError: 'result unreadable: not JSON, or nested too deeply',
    });
  });

  test('is ready when its worker says so, and nobody here asks its checks', async ({ stage }) => {
    const there = join(stage.folder, 'ready');
    const run = await begunOn(stage, 'web', {
      command: [animal('waits-for.sh'), 'go'],
      ready: [`file:${there}`],
      ...QUICK,
    });
    queueAs(stage.dir, run);
    const carrier = carrierOf(workerDir(stage), run.id);
    await applyReport(stage.dir, run, carrier.report());
    writeFileSync(there, ''); // the check would pass here
    const ensuring = stage.askOne('ensure', { step: 'web', readyTimeout: '500ms' });
    expect(await ensuring).toMatchObject({ ready: false });
    await stage.ask('ensure', { step: 'web', dir: workerDir(stage) });
    await applyReport(stage.dir, run, carrier.report());
    expect(await stage.askOne('ensure', { step: 'web' })).toMatchObject({ ready: true });
    finishOn(stage);
    await carrier.untilLast();
    await applyAll(stage.dir, run, carrier.all);
  });

  test('of a second turn goes on behind the log of the first, whose order and ending are not its own', async ({
    stage,
  }) => {
    const command = ['sh', '-c', 'echo turn; until [ -e "$STAGE/go" ]; do sleep 0.05; done'];
    const first = await begunOn(stage, 'train', { command, ...QUICK });
    queueAs(stage.dir, first);
    const carrier = carrierOf(workerDir(stage), first.id);
    await until(() => (carrier.report().log?.sent ?? 0) > 0, 'its line is carried');
    // Its lease is over: how it ended was reported, and its outcome was refused.
    const lost = { ...carrier.report(), ending: 'v1 lost' };
    await applyAll(stage.dir, first, [...carrier.all, { report: { ...lost, seq: lost.seq + 1 } }]);
    const second = await begunOn(stage, 'again', { command, ...QUICK });
    const reporter = {
      name: 'gpu-2',
      turn: 2,
      behind: carrier.all.reduce((here, one) => ('chunk' in one ? behindChunk(here, one.chunk) : here), {
        log: 0,
        errors: 0,
      }),
    };
    const as = (report: Report): Report => ({
      ...report,
      id: first.id,
      ...(report.run && { run: { ...report.run, id: first.id } }),
      ...(report.outcome && { outcome: { ...report.outcome, id: first.id } }),
    });
    let since: Report | undefined;
    const carry = async (): Promise<boolean> => {
      const reported = reportOf(workerDir(stage), second.id, since, reporter);
      if (reported === undefined) throw new Error('no report');
      since = reported.report;
      await applyReport(stage.dir, first, as(since), { chunks: reported.chunks });
      return reported.isLast;
    };
    await carry();
    expect(await stage.askOne('status', { step: 'train' })).toMatchObject({
      state: 'running',
      evidence: expect.stringMatching(/^on gpu-2: /),
    });
    expect(stopOrderOf(stage.dir, first.id)).toBeUndefined();
    finishOn(stage);
    while (!(await carry())) await new Promise((resolve) => setImmediate(resolve));
    expect(await stage.askOne('wait', { steps: ['train'] })).toMatchObject({ outcome: 'success', logBytes: 10 });
    expect(textOf(runPaths(stage.dir, first.id).log)).toBe('turn\nturn\n');
  });

  test('that is refused in its second turn is lost', async ({ stage }) => {
    const run = await begunOn(stage, 'train', { command: [animal('waits-for.sh'), 'go'], ...QUICK });
    queueAs(stage.dir, run);
    await applyReport(stage.dir, run, carrierOf(workerDir(stage), run.id).report());
    const refused = { kind: 'no-folder', message: '/work is not there' };
    await applyReport(stage.dir, run, refusalReport(run.id, undefined, { name: 'gpu-2', turn: 2 }, refused));
    const evidence = 'its worker was lost, and gpu-2 has refused it: /work is not there';
    expect(await stage.askOne('status', { step: 'train' })).toMatchObject({ outcome: 'lost', evidence });
    finishOn(stage);
    await carrierOf(workerDir(stage), run.id).untilLast();
  });

  test('has the newest report that is whole, also after a power cut', async ({ stage }) => {
    const run = await begunOn(stage, 'train', { command: [animal('waits-for.sh'), 'go'], ...QUICK });
    queueAs(stage.dir, run);
    const carrier = carrierOf(workerDir(stage), run.id);
    const report = carrier.report();
    await applyReport(stage.dir, run, report);
    const { mirror } = runPaths(stage.dir, run.id);
    for (const name of ['report.2', 'report.7', 'log.3.4']) writeFileSync(join(mirror, name), '');
    expect(await stage.askOne('status', { step: 'train' })).toMatchObject({
      evidence: expect.stringMatching(/^on gpu-1: /),
    });
    await applyReport(stage.dir, run, { ...report, seq: 2, progress: 'second' });
    expect(await stage.askOne('status', { step: 'train' })).toMatchObject({ progress: 'second' });
    expect(readdirSync(mirror)).toEqual(['log.3.4', 'report.2']);
    finishOn(stage);
    await carrier.untilLast();
    await applyAll(stage.dir, run, carrier.all);
    expect((await stage.askOne('wait', { steps: ['train'] })).outcome).toBe('success');
  });

  test('without news for longer than its stale time is given up by pm stop --force, and its worker still gets the order', async ({
    stage,
  }) => {
    const run = await begunOn(stage, 'train', { command: [animal('waits-for.sh'), 'go'], ...QUICK });
    queueAs(stage.dir, run);
    const report = carrierOf(workerDir(stage), run.id).report();
    await applyReport(stage.dir, run, report);
    keepReport(stage.dir, { ...report, seq: report.seq + 1 }, Date.now() - 40_000);
    expect(await stage.askOne('stop', { steps: ['train'] })).toMatchObject({ state: 'stopping' });
    const lost = await stage.askOne('stop', { steps: ['train'], force: true });
    expect(lost).toMatchObject({ outcome: 'lost', reason: 'beat-stale' });
    expect(lost.evidence).toMatch(/^no news from gpu-1 for 4\ds; given up by pm stop \d+$/);
    expect(stopOrderOf(stage.dir, run.id)).toMatchObject({ cause: 'cancelled' });
    await stage.ask('stop', { steps: ['train'], dir: workerDir(stage), force: true });
  });

  test('has its standard error apart if it was started so', async ({ stage }) => {
    const command = ['sh', '-c', 'echo out; echo err >&2'];
    const run = await begunOn(stage, 'two', { command, split: true, ...QUICK });
    queueAs(stage.dir, run);
    const carrier = carrierOf(workerDir(stage), run.id);
    await carrier.untilLast();
    await applyAll(stage.dir, run, carrier.all);
    expect(await logText(stage, 'two')).toBe('out\n');
    expect(await logText(stage, 'two', { errors: true })).toBe('err\n');
  });

  test('says nothing of the environment', async ({ stage }) => {
    const run = await begunOn(stage, 'train', { command: ['true'], ...QUICK });
    const secret = stage.env['PM_STAGE'] ?? '';
    const carrier = carrierOf(workerDir(stage), run.id);
    await carrier.untilLast();
    expect(secret).not.toBe('');
    expect(JSON.stringify(carrier.all)).not.toContain(secret);
  });
});

describe('its log', () => {
  test('is carried byte by byte, also what is no text', async ({ stage }) => {
    const run = await begunOn(stage, 'bytes', { command: [animal('prints-bytes.py')], ...QUICK });
    queueAs(stage.dir, run);
    const carrier = carrierOf(workerDir(stage), run.id);
    await until(() => {
      carrier.report();
      return carrier.all.some((one) => 'chunk' in one);
    }, 'half a character is carried');
    finishOn(stage);
    await carrier.untilLast();
    await applyAll(stage.dir, run, carrier.all);
    const [here, there] = [stage.dir, workerDir(stage)].map((dir) => readFileSync(runPaths(dir, run.id).log, 'latin1'));
    expect(here).toBe(there);
    expect(here).toHaveLength(258);
  });

  test('has the logs of all attempts, one after the other', async ({ stage }) => {
    const run = await begunOn(stage, 'tries', {
      command: ['sh', '-c', 'echo >> "$STAGE/n"; echo attempt $(wc -l < "$STAGE/n"); exit 1'],
      retries: 2,
      backoff: '10ms',
      ...QUICK,
    });
    queueAs(stage.dir, run);
    const carrier = carrierOf(workerDir(stage), run.id);
    await carrier.untilLast();
    await applyAll(stage.dir, run, carrier.all);
    expect(textOf(runPaths(stage.dir, run.id).log)).toBe('attempt 1\nattempt 2\nattempt 3\n');
    expect(await stage.askOne('wait', { steps: ['tries'] })).toMatchObject({ outcome: 'failed', attempts: 3 });
  });

  test('over the cap has its beginning and its end at their own offsets, and says what is left out', async ({
    stage,
  }) => {
    const command = ['sh', '-c', 'seq 1 200000; until [ -e "$STAGE/go" ]; do sleep 0.05; done; echo the end'];
    const run = await begunOn(stage, 'long', { command, ...QUICK });
    queueAs(stage.dir, run);
    const carrier = carrierOf(workerDir(stage), run.id, { headBytes: 100_000, tailBytes: 50_000 });
    const { log: file } = runPaths(workerDir(stage), run.id);
    await until(() => textOf(file).endsWith('200000\n'), 'it has printed');
    const log = carrier.report().log;
    expect(log).toMatchObject({ sent: 100_000 });
    finishOn(stage);
    await carrier.untilLast();
    await applyAll(stage.dir, run, carrier.all);
    const [here, there] = [stage.dir, workerDir(stage)].map((dir) => readFileSync(runPaths(dir, run.id).log, 'latin1'));
    const left = (there?.length ?? 0) - 50_000;
    expect(here?.slice(0, 100_000)).toBe(there?.slice(0, 100_000));
    expect(here?.slice(left)).toBe(there?.slice(left));
    const { truncated } = runPaths(stage.dir, run.id);
    expect(presentIn(readRecord(truncated, decodeTruncated))).toEqual({ by: 'cap', from: 100_000, to: left });
    const ended = await stage.askOne('wait', { steps: ['long'] });
    expect(ended.logTruncated).toBe(`bytes 100000 to ${left} of its log were left on ${WORKER}`);
    expect(ended.logBytes).toBe(there?.length);
    expect(await stage.ask('logs' as never, { step: 'long', tail: 1 })).toMatchObject({
      text: 'the end\n',
      logTruncated: `bytes 100000 to ${left} stayed on its worker`,
    });
  });

  test('goes on behind what it had when its beginning is gone', async ({ stage }) => {
    const run = await begunOn(stage, 'cuts', { command: [animal('prints-now-and-then.sh')], ...QUICK });
    const { log } = runPaths(workerDir(stage), run.id);
    queueAs(stage.dir, run);
    const carrier = carrierOf(workerDir(stage), run.id);
    await until(() => (carrier.report().log?.sent ?? 0) > 20, 'two lines are carried');
    truncateSync(log, 0);
    finishOn(stage);
    await carrier.untilLast();
    await applyAll(stage.dir, run, carrier.all);
    const [here, there] = [stage.dir, workerDir(stage)].map((dir) => textOf(runPaths(dir, run.id).log));
    expect(here).toMatch(/^(still here\n){2,}$/);
    expect(here?.length).toBeGreaterThan(there?.length ?? 0);
  });
});

describe('reports and pieces of the log', () => {
  test('have the same records in any order, repeatedly, from several mirrors, of which some are killed', async ({
    stage,
  }) => {
    const run = await begunOn(stage, 'train', {
      command: [
        'sh',
        '-c',
        'seq 1 30000; echo 50 > "$PM_PROGRESS"; until [ -e "$STAGE/go" ]; do sleep 0.05; done; [ -e "$STAGE/again" ] || { : > "$STAGE/again"; exit 1; }; echo \'[1]\' > "$PM_RESULT"',
      ],
      retries: 1,
      backoff: '10ms',
      ...QUICK,
    });
    const carrier = carrierOf(workerDir(stage), run.id, { headBytes: 100_000, tailBytes: 30_000 });
    for (let n = 0; n < 20; n += 1) carrier.report();
    finishOn(stage);
    await carrier.untilLast();
    const inOrder = join(stage.folder, 'in-order');
    queueAs(inOrder, run);
    await applyAll(inOrder, run, carrier.all);
    const expected = bytesOf(inOrder, run);
    expect(Object.keys(expected)).toContain('/train.status');
    const file = join(stage.folder, 'carried.json');
    writeFileSync(file, JSON.stringify(carrier.all));
    const folder = mkdtempSync(join(stage.folder, 'bundle-'));
    const program = join(folder, 'mirrors.mjs');
    await bundle('./fixtures/mirrors.ts', program);
    for (let round = 0; round < 6; round += 1) {
      const dir = join(stage.folder, `mirror-${round}`);
      queueAs(dir, run);
      const mirrors = [1, 2, 3].map((n) =>
        spawn(process.execPath, [program, dir, run.step, run.id, file, String(round * 100 + n)], {
          stdio: ['ignore', 'pipe', 'inherit'],
          env: stage.env as NodeJS.ProcessEnv,
        }),
      );
      const ends = mirrors.map((mirror) => once(mirror, 'close'));
      // The first is killed at an instant that differs from round to round: after it has made so many files.
      const { folder: records } = runPaths(dir, run.id);
      await until(() => existsSync(round % 2 === 0 ? records : `${records}/wrapper`), 'one of them has begun');
      mirrors[0]?.kill('SIGKILL');
      await Promise.all(ends);
      await applyAll(dir, run, carrier.all.toReversed());
      const found = bytesOf(dir, run);
      expect(differences(withoutLeftOvers(found), withoutLeftOvers(expected))).toEqual([]);
      rmSync(dir, { recursive: true });
    }
  });

  test('of an older time change nothing, and the newest is kept alone', async ({ stage }) => {
    const run = await begunOn(stage, 'train', { command: [animal('waits-for.sh'), 'go'], ...QUICK });
    queueAs(stage.dir, run);
    const report = carrierOf(workerDir(stage), run.id).report();
    await applyReport(stage.dir, run, { ...report, seq: 9, progress: 'newer' });
    await applyReport(stage.dir, run, { ...report, seq: 3, progress: 'older' });
    expect(readReport(stage.dir, run.id)?.report.seq).toBe(9);
    expect(await stage.askOne('status', { step: 'train' })).toMatchObject({ progress: 'newer' });
    finishOn(stage);
    await until(
      () => reportOf(workerDir(stage), run.id, { ...report, seq: 9 }, { name: WORKER })?.isLast === true,
      'it ends',
    );
    const last = reportOf(workerDir(stage), run.id, { ...report, seq: 9 }, { name: WORKER });
    if (last !== undefined) await applyReport(stage.dir, run, last.report);
    expect((await stage.askOne('wait', { steps: ['train'] })).outcome).toBe('success');
  });

  test('that the engine has stored without an answer do not hide the next one', async ({ stage }) => {
    const run = await begunOn(stage, 'train', { command: [animal('waits-for.sh'), 'go'], ...QUICK });
    queueAs(stage.dir, run);
    const stored = reportOf(workerDir(stage), run.id, undefined, { name: WORKER });
    if (stored !== undefined) await applyReport(stage.dir, run, stored.report);
    finishOn(stage);
    // The worker got no answer, so its next report builds on nothing.
    const next = () =>
      reportOf(workerDir(stage), run.id, undefined, { name: WORKER, lastSeq: stored?.report.seq ?? 0 });
    await until(() => next()?.isLast === true, 'it ends');
    const last = next();
    if (last !== undefined) await applyReport(stage.dir, run, last.report);
    expect((await stage.askOne('wait', { steps: ['train'] })).outcome).toBe('success');
  });
});

/** The names of the files that differ. */
function differences(one: Record<string, string>, other: Record<string, string>): string[] {
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].filter((name) => one[name] !== other[name]);
}

/** What a process that was killed had just begun to write. Nobody looks for such names. */
function withoutLeftOvers(found: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(found).filter(([name]) => !/\.tmp$|\/taken$/.test(name)));
}

async function logText(stage: Stage, step: string, more: object = {}): Promise<string> {
  const answer = (await stage.ask('logs' as never, { step, ...more })) as unknown as { text: string };
  return answer.text;
}

/** Bundles TypeScript into one file that Node 20 can load. */
async function bundle(source: string, file: string): Promise<void> {
  const build = await rolldown({
    input: fileURLToPath(new URL(source, import.meta.url)),
    platform: 'node',
    resolve: { conditionNames: ['@pm/source', 'node', 'import', 'default'] },
  });
  await build.write({ file, format: 'esm', codeSplitting: false });
  await build.close();
}
