import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { built, LONG, until } from '@pm/testing';
import { execa } from 'execa';
import { afterAll, describe, expect, test } from 'vitest';
import { encodeRequest, type RemoteCall, type RemoteSignal } from '../src/hosted/request.ts';

// The built pm as the one of a host: it gets a call as ssh would bring it.

const MAIN = built(fileURLToPath(new URL('../dist/main.cjs', import.meta.url)));
const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}.sh`, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'pm-hosted-call-'));
const at = (name: string): string => join(folder, name);
const env = { ...process.env, XDG_STATE_HOME: at('state'), PM_DIR: at('.pm'), PM_RESIDENT: 'off' };
const RACERS = LONG ? 30 : 4;
const TOKEN = '@pm-0123456789abcdef';

afterAll(async () => {
  await execa(process.execPath, [MAIN, 'down', '--force'], { env, cwd: folder, reject: false });
  await rm(folder, { recursive: true, force: true, maxRetries: 50 });
});

const newId = (): string => randomBytes(16).toString('hex');

function call(argv: readonly string[], more: Partial<RemoteCall> = {}, variables: Record<string, string> = {}) {
  const request: RemoteCall = {
    ...{ argv, directory: folder, invocation: 'pm --host gpu', token: TOKEN, input: 'none', terminal: {} },
    from: { out: 0, err: 0 },
    ...more,
  };
  return send(argv[0] ?? '', request, variables);
}

function send(verb: string, request: RemoteCall | RemoteSignal, variables: Record<string, string> = {}) {
  const options = { env: { ...env, ...variables }, cwd: '/', reject: false, stripFinalNewline: false } as const;
  return execa(process.execPath, [MAIN, verb, '--over-ssh', encodeRequest(request)], options);
}

/** An output without the marks of the host. */
function plain(output: string): string {
  return output.replaceAll(new RegExp(`${TOKEN} .*\n`, 'g'), '');
}

const isOpen = (id: string): boolean => existsSync(at(`state/process-monitor/ssh/calls/${id}`));

describe.concurrent('a call that is kept', () => {
  test('is made by one of many that ask at once, and all get its answer', async () => {
    const [id, file] = [newId(), at('raced')];
    const racers = Array.from({ length: RACERS }, () =>
      call(['start', 'raced', '--', fixture('add-line'), file], { id }),
    );
    const answers = await Promise.all(racers);
    expect(new Set(answers.map(({ exitCode, stdout }) => `${exitCode} ${plain(stdout)}`)).size).toBe(1);
    expect(answers[0]).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/raced (?:started|success)/) });
    await call(['wait', 'raced']);
    expect(readFileSync(file, 'utf8')).toBe('begun\n');
  });

  test('is answered again after its end, from where its caller has read', async () => {
    const id = newId();
    const command = ['sh', '-c', 'echo one; echo two; exit 5'];
    const { stdout, exitCode } = await call(['run', 'again', '--', ...command], { id });
    expect([exitCode, plain(stdout)]).toEqual([5, 'one\ntwo\n']);
    const again = await call(['run', 'again', '--', ...command], { id, from: { out: 4, err: 1e6 } });
    expect([again.exitCode, plain(again.stdout)]).toEqual([5, 'two\n']);
    expect(again.stderr).toContain('was not kept');
  });

  test('is told of a signal by a second call', async () => {
    const [id, cue] = [newId(), at('signal-cue')];
    const running = call(['run', 'signalled', '--', fixture('job-until-cue'), at('signal-pid'), cue], { id });
    await until(() => existsSync(at('signal-pid')));
    expect((await send('run', { signal: 'SIGINT', id })).exitCode).toBe(0);
    const { exitCode, stderr } = await running;
    expect([exitCode, stderr]).toEqual([130, expect.stringContaining('signalled cancelled')]);
    expect((await send('run', { signal: 'SIGINT', id })).exitCode).toBe(0);
    expect((await send('run', { signal: 'SIGINT', id: newId() })).exitCode).toBe(0);
  });

  test('is not made again if its process was killed', async () => {
    const [id, cue] = [newId(), at('killed-cue')];
    const argv = ['run', 'killed', '--', fixture('job-until-cue'), at('killed-pid'), cue];
    const running = call(argv, { id });
    await until(() => existsSync(at('killed-pid')));
    const follower = call(argv, { id });
    await until(() => isOpen(id));
    running.kill('SIGKILL');
    expect(await follower).toMatchObject({ exitCode: 125, stderr: expect.stringContaining('was killed on its host') });
    expect(await call(argv, { id })).toMatchObject({ exitCode: 125 });
    writeFileSync(cue, '');
    expect((await call(['wait', 'killed'])).exitCode).toBe(0);
  });

  test('ends if nobody comes back to a wait, and the run goes on', async () => {
    const [id, cue] = [newId(), at('linger-cue')];
    await call(['start', 'lingers', '--', fixture('job-until-cue'), at('linger-pid'), cue]);
    const waiting = call(['wait', 'lingers'], { id, input: 'held', lingerMs: 50 });
    await until(() => isOpen(id));
    waiting.stdin?.end();
    await waiting;
    const late = await call(['wait', 'lingers'], { id });
    expect(late.stderr).toContain(`${TOKEN} abandoned\n`);
    writeFileSync(cue, '');
    expect((await call(['wait', 'lingers'])).exitCode).toBe(0);
  });

  test('goes on for who comes back in time', async () => {
    const [id, cue] = [newId(), at('back-cue')];
    await call(['start', 'comes-back', '--', fixture('job-until-cue'), at('back-pid'), cue]);
    const waiting = call(['wait', 'comes-back'], { id, input: 'held', lingerMs: 3_600_000 });
    await until(() => isOpen(id));
    waiting.stdin?.end();
    const back = call(['wait', 'comes-back'], { id, input: 'held', lingerMs: 3_600_000 });
    writeFileSync(cue, '');
    expect(await back).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('comes-back success') });
    await waiting;
  });

  test.each([
    ['where nothing can be kept', 'not-a-folder', ''],
    ['whose record is no record', 'bad', 'garbage'],
  ])('%s is refused, and nothing is done', async (_what, state, garbage) => {
    const id = newId();
    if (garbage === '') writeFileSync(at(state), '');
    else {
      mkdirSync(at(`${state}/process-monitor/ssh/calls`), { recursive: true });
      writeFileSync(at(`${state}/process-monitor/ssh/calls/${id}`), garbage);
    }
    const variables = { XDG_STATE_HOME: at(state) };
    const refused = await call(['start', `not-${state}`, '--', 'true'], { id }, variables);
    expect([refused.exitCode, refused.stderr]).toEqual([125, expect.stringContaining('nothing was done')]);
    expect((await call(['ls', `not-${state}`], {}, variables)).stdout).not.toContain('success');
    expect((await call(['ls'], {}, variables)).exitCode).toBe(0);
  });
});

test('what nobody will ask for any more is removed', async () => {
  const calls = at('state/process-monitor/ssh/calls');
  const old = newId();
  for (const name of [old, `${old}.out`, `${old}.end`]) {
    writeFileSync(join(calls, name), name === old ? '{"pid":1,"startTime":"1"}' : '0');
    utimesSync(join(calls, name), 1, 1);
  }
  await call(['start', 'sweeps', '--', 'true'], { id: newId() });
  expect(readdirSync(calls).filter((name) => name.startsWith(old))).toEqual([]);
});
