import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Identity, identify, isAlive, markedProcesses, signalIfSame } from '@pm/process';
import type { RunRecord } from '@pm/protocol';
import { until } from '@pm/testing';
import { expect, onTestFinished } from 'vitest';
import { type Stage, test } from './stage.ts';

let processes = 0;

/** A process that somebody has started without pm, as a shell does with `&`. It is gone with all it started when the test is over. */
async function begun(stage: Stage, script: string): Promise<Identity> {
  const mark = `${process.pid}-${processes++}`;
  const { PM_STAGE: _, ...env } = stage.env;
  const child = spawn('sh', ['-c', script], {
    cwd: stage.folder,
    stdio: 'ignore',
    env: { ...(env as NodeJS.ProcessEnv), PM_BEGUN: mark },
  });
  child.unref();
  const identity = identify(child.pid ?? 0);
  if (identity === undefined) throw new Error('it has not started');
  onTestFinished(() =>
    until(() => {
      const left = markedProcesses('PM_BEGUN').filter((one) => one.mark === mark);
      for (const one of left) signalIfSame(one, 'SIGKILL');
      return left.length === 0;
    }, 'all of it is gone'),
  );
  return identity;
}

/** Says by a file that it runs, and goes on. */
const GOES_ON = 'touch on; while :; do sleep 0.05; done';

const on = (stage: Stage): Promise<void> => until(() => stage.hasCue('on'), 'it runs');

test('a process that was started without pm is listed, judged and stopped with its tree', async ({ stage }) => {
  const job = await begun(stage, `sleep 300 & echo $! > child; ${GOES_ON}`);
  await on(stage);
  const child = identify(Number(readFileSync(`${stage.folder}/child`, 'utf8')));
  const run = await stage.askOne('adopt', { pid: job.pid, as: 'web' });
  expect(run).toMatchObject({ step: 'web', state: 'running', pid: job.pid, limitMs: null });
  expect(run.evidence).toContain('its exit status will be unknown');
  expect(await stage.askOne('ls', {})).toMatchObject({ step: 'web', pid: job.pid });
  expect(await stage.askOne('stop', { steps: ['web'] })).toMatchObject({
    outcome: 'cancelled',
    reason: 'asked',
    evidence: 'asked to stop; its exit status is unknown, because pm did not start it',
  });
  expect([job, child].map((one) => one !== undefined && isAlive(one))).toEqual([false, false]);
});

test('it ends by itself: nobody knows how, so it is no success, and its end is told at once', async ({ stage }) => {
  const job = await begun(stage, 'touch on; while [ ! -e go ]; do sleep 0.02; done; exit 0');
  await on(stage);
  await stage.ask('adopt', { pid: job.pid, as: 'job' });
  const waiting = stage.askOne('wait', { steps: ['job'] });
  stage.cue('go');
  const run = await waiting;
  expect(run).toMatchObject({ outcome: 'lost', reason: 'exit-unknown', advice: 'fix' });
  expect(run.evidence).toBe('it ended by itself; its exit status is unknown, because pm did not start it');
  expect(run).not.toHaveProperty('exitCode');
  expect(await stage.askOne('start', { step: 'job', command: ['true'], wait: true }), 'the step is free').toMatchObject(
    {
      outcome: 'success',
    },
  );
});

test('a limit ends it with its tree, and a monitor that comes later counts on', async ({ stage }) => {
  const job = await begun(stage, GOES_ON);
  await on(stage);
  await stage.ask('adopt', { pid: job.pid, as: 'job', timeout: '200ms', grace: '1s' });
  const run = await stage.askOne('wait', { steps: ['job'] });
  expect(run).toMatchObject({ outcome: 'timeout', reason: 'max-elapsed' });
  expect(run.evidence).toContain('its exit status is unknown');
  expect(isAlive(job)).toBe(false);
});

test('without CPU or I/O it is hung, if that is asked for', async ({ stage }) => {
  const job = await begun(stage, 'touch on; exec sleep 300');
  await on(stage);
  await stage.ask('adopt', { pid: job.pid, as: 'job', liveness: 'activity', stale: '600ms', grace: '1s' });
  expect(await stage.askOne('wait', { steps: ['job'] })).toMatchObject({ outcome: 'hung', reason: 'no-evidence' });
});

test.for([
  ['pid 1', () => 1, /no process that can be adopted/],
  ['pid 0, which means a group', () => 0, /no process that can be adopted/],
  ['a negative pid, which means a group', () => -process.pid, /no process that can be adopted/],
  ['the caller itself', () => process.pid, /pm itself/],
  ['a process above the caller', () => process.ppid, /above this call/],
  ['a pid that nobody has', () => 2 ** 22 - 3, /no live process/],
] as [string, () => number, RegExp][])(
  '%s is refused, and nothing is on record',
  async ([, pid, reason], { stage }) => {
    await expect(stage.ask('adopt', { pid: pid(), as: 'x' })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(reason),
    });
    expect((await stage.ask('ls', {})).runs).toEqual([]);
  },
);

test('a process that has ended and was not reaped is refused', async ({ stage }) => {
  const child = 'sh -c "echo \\$\\$ > dead; touch on; while [ ! -e go ]; do sleep 0.02; done"';
  const parent = await begun(stage, `${child} & exec sleep 300`); // sleep(1) waits for no child
  await on(stage);
  const dead = Number(readFileSync(join(stage.folder, 'dead'), 'utf8'));
  await until(() => statOf(parent.pid).includes('(sleep)'), 'its parent is sleep');
  stage.cue('go');
  await until(() => statOf(dead).includes(') Z'), 'it is a zombie');
  await expect(stage.ask('adopt', { pid: dead, as: 'x' })).rejects.toMatchObject({
    message: expect.stringMatching(/no live process/),
  });
});

test('what belongs to a run already names that run', async ({ stage }) => {
  await stage.ask('start', { step: 'own', command: ['sh', '-c', `sleep 300 & echo $! > child; ${GOES_ON}`] });
  await on(stage);
  const child = Number(readFileSync(`${stage.folder}/child`, 'utf8'));
  const answer = await stage.ask('adopt', { pid: child, as: 'mine' });
  expect(answer.refusal).toEqual({ kind: 'already-running', message: `process ${child} belongs to the live run own` });
  expect(answer.runs).toMatchObject([{ step: 'own' }]);
  const wrapper = stage.recorded('wrapper');
  await expect(stage.ask('adopt', { pid: wrapper.pid, as: 'mine' })).rejects.toMatchObject({
    message: expect.stringMatching(/is pm itself/),
  });
});

test('what a run has left running when it ended may be adopted', async ({ stage }) => {
  const command = ['sh', '-c', 'setsid sleep 300 & echo $! > child'];
  await stage.ask('start', { step: 'own', command, wait: true });
  const child = Number(readFileSync(join(stage.folder, 'child'), 'utf8'));
  expect(await stage.askOne('adopt', { pid: child, as: 'left' })).toMatchObject({ state: 'running', pid: child });
  expect(await stage.askOne('stop', { steps: ['left'] })).toMatchObject({ outcome: 'cancelled' });
});

test('adopted again it is the same run, and under another name it is refused', async ({ stage }) => {
  const job = await begun(stage, GOES_ON);
  await on(stage);
  const { id } = await stage.askOne('adopt', { pid: job.pid, as: 'web' });
  expect(await stage.ask('adopt', { pid: job.pid, as: 'web' })).toMatchObject({ alreadyRunning: true, runs: [{ id }] });
  const other = await stage.ask('adopt', { pid: job.pid, as: 'other' });
  expect(other.refusal?.message).toBe(`process ${job.pid} belongs to the live run web`);
  const second = await begun(stage, GOES_ON);
  await expect(stage.ask('adopt', { pid: second.pid, as: 'web' })).rejects.toMatchObject({ code: 'already-running' });
});

test('of twenty calls at once under twenty names, in two directories, one adopts it', async ({ stage }) => {
  const job = await begun(stage, GOES_ON);
  await on(stage);
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      stage.ask('adopt', { pid: job.pid, as: `web${i}`, ...(i % 2 === 0 && { dir: join(stage.folder, 'other') }) }),
    ),
  );
  expect(answers.filter(({ refusal }) => refusal === undefined)).toHaveLength(1);
  const lists = await Promise.all([stage.ask('ls', {}), stage.ask('ls', { dir: join(stage.folder, 'other') })]);
  expect(lists.flatMap(({ runs }) => runs)).toHaveLength(1);
});

test('a name that no step can have is refused, and nothing is adopted', async ({ stage }) => {
  const job = await begun(stage, GOES_ON);
  await on(stage);
  for (const as of ['a/b', '../../web', 'bad name', '-x'])
    await expect(stage.ask('adopt', { pid: job.pid, as }), as).rejects.toThrow('is not a valid step name');
  expect((await stage.ask('ls', {})).runs).toEqual([]);
});

test('ensure asks the ready checks that its step has in the configuration', async ({ stage }) => {
  const web = { command: ['true'], port: 'auto', ready: ['file:up', 'tcp:{port}'] };
  writeFileSync(join(stage.folder, 'pm.config.json'), JSON.stringify({ steps: { web } }));
  const job = await begun(stage, GOES_ON);
  await on(stage);
  await stage.ask('adopt', { pid: job.pid, as: 'web' });
  const unready = await stage.askOne('ensure', { step: 'web', command: ['sh', '-c', GOES_ON], readyTimeout: '1ms' });
  expect(unready).toMatchObject({ pid: job.pid, ready: false });
  stage.cue('up');
  expect(await stage.askOne('ensure', { step: 'web', command: ['sh', '-c', GOES_ON] })).toMatchObject({
    pid: job.pid,
    ready: true,
  });
});

test('its pid is that of another process by now: that one is neither judged nor signalled', async ({ stage }) => {
  const job = await begun(stage, GOES_ON);
  await on(stage);
  await stage.ask('adopt', { pid: job.pid, as: 'job' });
  // As if the process that was adopted had ended and its pid had been given to this one.
  const { command } = stage.files();
  writeFileSync(command, readFileSync(command, 'utf8').replace(job.startTime, String(Number(job.startTime) - 500)));
  const run = await stage.askOne('stop', { steps: ['job'] });
  expect(run).toMatchObject({ outcome: 'lost', reason: 'exit-unknown' });
  expect(isAlive(job)).toBe(true);
});

test('the machine restarted: it is lost, and whoever has its pid now is left alone', async ({ stage }) => {
  const job = await begun(stage, GOES_ON);
  await on(stage);
  await stage.ask('adopt', { pid: job.pid, as: 'job' });
  const { run } = stage.files();
  const record = JSON.parse(readFileSync(run, 'utf8')) as RunRecord;
  writeFileSync(run, JSON.stringify({ ...record, host: { ...record.host, bootId: 'another' } }));
  expect(await stage.askOne('stop', { steps: ['job'] })).toMatchObject({ outcome: 'lost', reason: 'rebooted' });
  expect(isAlive(job)).toBe(true);
});

test('from another pid namespace nothing is said about it, and no other run takes its name', async ({ stage }) => {
  const job = await begun(stage, GOES_ON);
  await on(stage);
  await stage.ask('adopt', { pid: job.pid, as: 'job', stale: '1s' });
  const { run, trace } = stage.files();
  const original = readFileSync(run, 'utf8');
  const record = JSON.parse(original) as RunRecord;
  writeFileSync(run, JSON.stringify({ ...record, host: { ...record.host, pidNamespace: 'another' } }));
  rmSync(trace);
  const seen = await stage.askOne('wait', { steps: ['job'], budget: '1500ms' });
  expect(seen).toMatchObject({ state: 'running', evidence: expect.stringContaining('cannot be seen here') });
  expect((await stage.ask('start', { step: 'job', command: ['true'] })).refusal?.kind).toBe('already-running');
  writeFileSync(run, original);
});

test('its parent ends: it is judged as before', async ({ stage }) => {
  const parent = await begun(stage, `sh -c '${GOES_ON}' & echo $! > child; wait`);
  await on(stage);
  const job = identify(Number(readFileSync(`${stage.folder}/child`, 'utf8')));
  await stage.ask('adopt', { pid: job?.pid, as: 'job' });
  signalIfSame(parent, 'SIGKILL');
  await until(() => !isAlive(parent), 'its parent is gone');
  expect(await stage.askOne('status', { step: 'job' })).toMatchObject({ state: 'running', pid: job?.pid });
  expect(await stage.askOne('stop', { steps: ['job'] })).toMatchObject({ outcome: 'cancelled' });
  expect(job !== undefined && isAlive(job)).toBe(false);
});

test('stopping it leaves the other processes of its shell alone', async ({ stage }) => {
  const shell = await begun(stage, `sh -c '${GOES_ON}' & echo $! > child; sleep 300 & echo $! > sibling; wait`);
  await on(stage);
  const read = (name: string): number => Number(readFileSync(`${stage.folder}/${name}`, 'utf8'));
  await until(() => stage.hasCue('sibling') && read('sibling') > 1, 'both run');
  const sibling = identify(read('sibling'));
  await stage.ask('adopt', { pid: read('child'), as: 'job' });
  await stage.ask('stop', { steps: ['job'] });
  expect([shell, sibling].map((one) => one !== undefined && isAlive(one))).toEqual([true, true]);
  if (sibling !== undefined) signalIfSame(sibling, 'SIGKILL');
});

test('its output was never with pm: the log says so, and where it goes', async ({ stage }) => {
  const job = await begun(stage, `exec > ${stage.folder}/out.txt; ${GOES_ON}`);
  await on(stage);
  const { notes } = await stage.ask('adopt', { pid: job.pid, as: 'job' });
  expect(notes).toEqual([expect.stringContaining(`its output goes to ${stage.folder}/out.txt, not to pm`)]);
});

test('a sign of life that nobody can see is refused, and one of the configuration is left out with a note', async ({
  stage,
}) => {
  const job = await begun(stage, GOES_ON);
  await on(stage);
  await expect(stage.ask('adopt', { pid: job.pid, liveness: 'output' })).rejects.toThrow(/liveness/);
  const steps = { web: { command: ['true'], liveness: 'output', stale: '1s', grace: '3s' } };
  writeFileSync(join(stage.folder, 'pm.config.json'), JSON.stringify({ steps }));
  const { runs, notes = [] } = await stage.ask('adopt', { pid: job.pid, as: 'web' });
  expect(runs).toMatchObject([{ state: 'running', limitMs: null }]);
  expect(notes[1]).toContain('cannot be seen of an adopted process');
  const { policy } = JSON.parse(readFileSync(stage.files().run, 'utf8')) as RunRecord;
  expect(policy).toMatchObject({ liveness: 'wrapper', graceMs: 3_000, timeoutMs: null });
});

function statOf(pid: number): string {
  return existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'utf8') : '';
}
