import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Identity, identify, isAlive, signalIfSame } from '@pm/process';
import { encodeDeadline, stepPaths } from '@pm/protocol';
import { LONG, until } from '@pm/testing';
import { describe, expect, vi } from 'vitest';
import type { RunView } from '../src/index.ts';
import { animal, QUICK, type Stage, test, textOf } from './stage.ts';

vi.setConfig({ maxConcurrency: 6 });

/** One animal: how it is started, what is done to it, and how it ends. */
interface Row {
  readonly title: string;
  readonly command: readonly string[];
  /** Beside the quick policy of all. */
  readonly policy?: Readonly<Record<string, unknown>>;
  /** What has to hold before anybody waits for it, and so before anybody judges it. */
  readonly before?: (stage: Stage) => Promise<void>;
  /** What happens while somebody waits for it. */
  readonly meanwhile?: (stage: Stage) => unknown;
  readonly ends: Partial<RunView>;
  /** What else is true then. Survivors have to be ended here, by whoever wants them. */
  readonly also?: (stage: Stage, run: RunView) => unknown;
}

const success = { outcome: 'success', reason: 'exit-zero', exitCode: 0, advice: 'proceed' } as const;
const failed = { outcome: 'failed', advice: 'fix' } as const;
const hung = { outcome: 'hung', reason: 'no-evidence', advice: 'fix' } as const;
const timeout = { outcome: 'timeout', reason: 'max-elapsed', advice: 'raise-limit' } as const;
const cancelled = { outcome: 'cancelled', reason: 'asked', advice: 'abort' } as const;

const MIB = 1_048_576;

/** A gigabyte in `npm run test:long`, else an eighth of one: sixteen times the cap. */
const PRINTED = LONG ? 1_024 * MIB : 128 * MIB;
const LOG_CAP = PRINTED / 16;

/** Extents are allocated in blocks: what a hole may leave at its edges. */
const EDGES = MIB;

const natural: Row[] = [
  { title: 'a command that exits 0 is a success', command: ['exits.sh', '0'], ends: success },
  {
    title: 'a command that exits 7 has failed with 7',
    command: ['exits.sh', '7'],
    ends: { ...failed, reason: 'exit-nonzero', exitCode: 7 },
  },
  ...[124, 126, 127, 129, 130, 134, 137, 139, 141, 143, 255].map(
    (code): Row => ({
      title: `a command that exits ${code} by itself was ended by no signal, and was executed`,
      command: ['exits.sh', `${code}`],
      ends: { ...failed, reason: 'exit-nonzero', exitCode: code, evidence: expect.stringMatching(`^exit ${code}\\b`) },
      also: (_, run) => expect(run.signal).toBeUndefined(),
    }),
  ),
  {
    title: 'kill 0 in the job reaches the job and nobody else',
    command: ['kills-its-group.sh', 'TERM'],
    ends: { ...failed, reason: 'signal', signal: 'SIGTERM', exitCode: 143 },
  },
  {
    title: 'kill -9 0 in the job reaches the job and nobody else',
    command: ['kills-its-group.sh', 'KILL'],
    ends: { ...failed, reason: 'signal', signal: 'SIGKILL', exitCode: 137 },
  },
  {
    title: 'a job that only cleans up its process group goes on to its success',
    command: ['cleans-up-its-group.sh'],
    ends: success,
    also: (_, { logFile }) => expect(textOf(logFile ?? '')).toBe('cleaned\n'),
  },
  {
    title: 'a job that reads its standard input gets its end at once',
    command: ['reads-stdin.sh'],
    ends: success,
    also: (_, { logFile }) => expect(textOf(logFile ?? '')).toBe('end of input\n'),
  },
  {
    title: 'the ending is out at once, whoever still holds the output open',
    command: ['keeps-output-open.sh'],
    ends: success,
    also: (stage, run) => {
      expect(run.survivors).toMatchObject([{ command: expect.any(String) }]);
      endSurvivors(stage, run);
    },
  },
  {
    title: 'a daemon that a success leaves behind is named, and lives until somebody stops it',
    command: ['double-fork.sh'],
    meanwhile: async (stage) => {
      await left(stage, 'daemon');
      stage.cue('go');
    },
    ends: success,
    also: async (stage, run) => {
      const daemon = await left(stage, 'daemon');
      expect(run.survivors).toEqual([{ ...daemon, command: expect.any(String) }]);
      expect(isAlive(daemon)).toBe(true);
      const stopped = await stage.askOne('stop', { steps: ['animal'] });
      expect(stopped).toMatchObject({ outcome: 'success' });
      expect(stopped.survivors).toBeUndefined();
      expect(isAlive(daemon)).toBe(false);
    },
  },
  {
    title: 'a word written after the ending changes nothing of it',
    command: ['late-writer.sh'],
    ends: { ...success, logBytes: 'the last word\n'.length },
    also: async (stage, run) => {
      const flat = stepPaths(stage.dir, run.step);
      await until(() => textOf(flat.status) === 'SUCCESS\n');
      const next = await startAndWait(stage, ['exits.sh', '3']);
      stage.cue('go');
      await until(() => textOf(run.logFile ?? '').endsWith('a late word\n'));
      expect(next).toMatchObject({ ...failed, exitCode: 3 });
      expect(textOf(flat.log)).toBe('');
      await until(() => textOf(flat.status) === 'FAILED\n');
      expect(await stage.askOne('status', { step: `${run.step}~1` })).toMatchObject({ ...success, logBytes: 14 });
    },
  },
  {
    title: 'zombies of a job are no survivors',
    command: ['forks-zombies.py'],
    meanwhile: async (stage) => {
      await until(() => textOf(stage.files().log) === 'twenty\n');
      stage.cue('go');
    },
    ends: success,
    also: (_, run) => expect(run.survivors).toBeUndefined(),
  },
  {
    title: 'a job that is silent for long, but was promised to live by its wrapper, lives',
    command: ['silent-then-done.sh'],
    policy: { liveness: 'wrapper' },
    meanwhile: async (stage) => {
      await beatsOf(stage, 6); // more than twice what would be stale
      expect(await stage.askOne('status', { step: 'animal' })).toMatchObject({ state: 'running' });
      stage.cue('go');
    },
    ends: success,
  },
  {
    title: 'a silent job that beats by itself lives on its beats',
    command: ['beats.sh'],
    policy: { liveness: 'beat' },
    meanwhile: async (stage) => {
      await beatsOf(stage, 6);
      stage.cue('go');
    },
    ends: success,
  },
  {
    title: 'a job that was suspended for long and is continued is given its whole patience again',
    command: ['prints-now-and-then.sh'],
    policy: { liveness: 'output' },
    meanwhile: async (stage) => {
      const command = stage.recorded('command');
      signalIfSame(command, 'SIGSTOP');
      await beatsOf(stage, 6);
      signalIfSame(command, 'SIGCONT');
      await beatsOf(stage, 9);
      stage.cue('go');
    },
    ends: success,
  },
  {
    title: 'a job that prints now and then lives on its output',
    command: ['prints-now-and-then.sh'],
    policy: { liveness: 'output' },
    meanwhile: async (stage) => {
      await beatsOf(stage, 6);
      stage.cue('go');
    },
    ends: success,
  },
];

const results: Row[] = [
  {
    title: 'a result in JSON is part of the answer, and lies beside the status',
    command: ['writes-result.sh', '{"acc":0.93}', '0'],
    ends: { ...success, result: { acc: 0.93 } },
    also: async (stage, { step }) => {
      const flat = stepPaths(stage.dir, step);
      await until(() => textOf(flat.status) === 'SUCCESS\n'); // a moment after the ending
      expect(textOf(flat.result)).toBe('{"acc":0.93}');
    },
  },
  {
    title: 'a result that is no JSON does not unmake a success, and is said',
    command: ['writes-result.sh', '{"acc":0.9', '0'],
    ends: success,
    also: (_, { resultError }) => expect(resultError).toMatch(/^result unreadable: not JSON/),
  },
  {
    title: 'an empty result does not unmake a success',
    command: ['writes-result.sh', '', '0'],
    ends: { ...success, resultError: 'result unreadable: empty' },
  },
  {
    title: 'a result of a job that fails afterwards is told, but never laid beside FAILED',
    command: ['writes-result.sh', '{"acc":0.93}', '3'],
    ends: { ...failed, reason: 'exit-nonzero', exitCode: 3, result: { acc: 0.93 } },
    also: async (stage, { step }) => {
      const flat = stepPaths(stage.dir, step);
      await until(() => textOf(flat.status) === 'FAILED\n');
      expect(existsSync(flat.result)).toBe(false);
    },
  },
];

const output: Row[] = [
  {
    title: `of ${PRINTED / MIB} MiB the head and the tail stay on disk, and the gap is said`,
    command: ['prints-much.sh', String(PRINTED)],
    policy: { logCap: `${LOG_CAP / MIB}MiB` },
    ends: { ...success, logBytes: PRINTED },
    also: async (stage, { logFile = '', logTruncated }) => {
      expect(logTruncated).toMatch(/^over its cap: bytes \d+ to \d+ were dropped$/);
      await until(() => stage.alive().length === 0); // the ending is out before the wrapper tidies up
      expect(statSync(logFile).blocks * 512).toBeLessThanOrEqual(LOG_CAP + EDGES);
      const half = LOG_CAP / 2;
      const [head, tail] = [bytesOf(logFile, 0, half), bytesOf(logFile, PRINTED - half, half)];
      expect(head.subarray(0, 16).toString()).toBe('the first line.\n');
      expect(tail.subarray(-16).toString()).toBe('the final line.\n');
      expect(head.includes(0) || tail.includes(0)).toBe(false); // a hole reads as zeros
    },
  },
  {
    title: 'a letter in two writes and every byte there is are kept exactly',
    command: ['prints-bytes.py'],
    meanwhile: async (stage) => {
      await until(() => existsSync(stage.dir) && readFileSync(stage.files().log).length === 1);
      stage.cue('go');
    },
    ends: { ...success, logBytes: 258 },
    also: (_, { logFile = '' }) => {
      const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
      expect(readFileSync(logFile).equals(Buffer.concat([Buffer.from('é'), bytes]))).toBe(true);
    },
  },
  {
    title: 'a job that opens its log anew has emptied it, which is said',
    command: ['reopens-stderr.py'],
    ends: success,
    also: (_, { logTruncated }) =>
      expect(logTruncated).toBe('the job truncated its own log: at least 10001 bytes are lost'),
  },
  {
    title: 'what a Python job printed without a flush is in the log of the terminated',
    command: ['prints-without-flush.py'],
    meanwhile: async (stage) => {
      await until(() => stage.hasCue('printed'));
      writeFileSync(stage.files().deadline, encodeDeadline(1));
    },
    ends: { ...timeout, signal: 'SIGTERM', tail: 'epoch 1: loss 0.3' },
  },
];

const judged: Row[] = [
  ...(['activity', 'output', 'beat'] as const).map((liveness) => ({
    title: `a deadlock is hung by its ${liveness}, whatever a helper thread does, and its tree is gone`,
    command: ['deadlocks.py'],
    policy: { liveness },
    before: (stage: Stage) => until(() => stage.hasCue('helper')), // Python may take seconds to come this far
    ends: { ...hung, signal: 'SIGTERM' },
  })),
  {
    title: 'a job that spins is hung by its output, and its log has that and nothing else',
    command: ['spins.mjs'],
    policy: { liveness: 'output' },
    before: (stage) => until(() => textOf(stage.files().log) === 'spinning\n'),
    ends: { ...hung, signal: 'SIGTERM', tail: 'spinning' },
  },
  {
    title: 'a job that spins lives by its activity, until its limit',
    command: ['spins.mjs'],
    policy: { liveness: 'activity', timeout: '2500ms' },
    ends: { ...timeout, signal: 'SIGTERM' },
  },
  {
    title: 'a job stopped from outside is suspended, not hung, and over its limit a timeout',
    command: ['rests.sh'],
    policy: { liveness: 'output' },
    meanwhile: async (stage) => {
      await until(() => textOf(stage.files().log) === 'resting\n');
      expect(signalIfSame(stage.recorded('command'), 'SIGSTOP')).toBe(true);
      await until(async () => (await stage.askOne('status', { step: 'animal' })).state === 'suspended');
      writeFileSync(stage.files().deadline, encodeDeadline(1));
    },
    ends: { ...timeout, signal: 'SIGTERM' },
  },
  {
    title: 'a job that ignores SIGTERM is forced after its grace',
    command: ['ignores-term.sh'],
    policy: { timeout: '600ms' },
    ends: { ...timeout, exitCode: 137, signal: 'SIGKILL' },
  },
  {
    title: 'a job over its limit has not ended before its deaf child is gone',
    command: ['deaf-child.sh'],
    policy: { timeout: '600ms' },
    meanwhile: (stage) => left(stage, 'child'),
    ends: { ...timeout, exitCode: 143, signal: 'SIGTERM' },
    also: (stage) =>
      expect(stage.alive().map(({ pid }) => pid)).not.toContain(Number(textOf(join(stage.folder, 'child')))),
  },
  {
    title: 'a job that exits 0 because its limit was over is a timeout, never a success',
    command: ['exits-0-on-term.sh'],
    policy: { timeout: '600ms', grace: '10s' },
    ends: { ...timeout, exitCode: 0 },
    also: async (stage, { step, tail }) => {
      expect(tail).toMatch(/bye$/);
      const flat = stepPaths(stage.dir, step);
      await until(() => textOf(flat.status) === 'FAILED\n');
      expect(existsSync(flat.result)).toBe(false);
    },
  },
];

/** On a busy machine a process that ends politely may need more than the usual second. */
const POLITE = { grace: '20s' };

const stopped: Row[] = [
  {
    title: 'stop ends a child in a session of its own',
    command: ['setsid-child.sh'],
    policy: POLITE,
    meanwhile: stopAfter('child'),
    ends: { ...cancelled, signal: 'SIGTERM' },
  },
  {
    title: 'stop ends a daemon that a double fork left',
    command: ['double-fork.sh'],
    policy: POLITE,
    meanwhile: stopAfter('daemon'),
    ends: { ...cancelled, signal: 'SIGTERM' },
  },
  {
    title: 'stop ends a daemon that shed environment, parents and session at once',
    command: ['sheds-everything.sh'],
    policy: POLITE,
    meanwhile: stopAfter('daemon'),
    ends: { ...cancelled, signal: 'SIGTERM' },
  },
  {
    title: 'stop ends a job that ignores SIGTERM',
    command: ['ignores-term.sh'],
    meanwhile: async (stage) => {
      await until(() => textOf(stage.files().log) === 'deaf\n');
      await stage.ask('stop', { steps: ['animal'] });
    },
    ends: { ...cancelled, exitCode: 137, signal: 'SIGKILL' },
  },
  {
    title: 'stop ends a deaf child of a job that dies politely',
    command: ['deaf-child.sh'],
    meanwhile: stopAfter('child'),
    ends: { ...cancelled, exitCode: 143, signal: 'SIGTERM' },
  },
  {
    title: 'stop ends a stopped job by continuing it',
    command: ['rests.sh'],
    policy: { grace: '10s' },
    meanwhile: async (stage) => {
      await until(() => textOf(stage.files().log) === 'resting\n');
      signalIfSame(stage.recorded('command'), 'SIGSTOP');
      await stage.ask('stop', { steps: ['animal'] });
    },
    ends: { ...cancelled, exitCode: 143, signal: 'SIGTERM' },
  },
  {
    title: 'stop ends a job with twenty zombies, which are no survivors',
    command: ['forks-zombies.py'],
    policy: POLITE,
    meanwhile: async (stage) => {
      await until(() => textOf(stage.files().log) === 'twenty\n');
      await stage.ask('stop', { steps: ['animal'] });
    },
    ends: { ...cancelled, signal: 'SIGTERM' },
  },
];

const ZOO = {
  'that ends by itself': natural,
  'with a result': results,
  'with output': output,
  'that is judged': judged,
  'that is stopped': stopped,
};

for (const [kind, rows] of Object.entries(ZOO)) {
  describe.concurrent(`an animal ${kind}`, () => {
    for (const { title, command, policy, before, meanwhile, ends, also } of rows) {
      test(title, async ({ stage }) => {
        const [run] = await Promise.all([
          startAndWait(stage, command, policy, before),
          begun(stage).then(() => meanwhile?.(stage)),
        ]);
        expect(run).toMatchObject({ state: 'ended', ...ends });
        if (ends.outcome !== 'success') expect(run.survivors).toBeUndefined();
        await also?.(stage, run);
        await until(() => stage.alive().length === 0);
      });
    }
  });
}

describe.concurrent('a signal that nobody of ours sent', () => {
  const USUAL = ['HUP', 'QUIT', 'ABRT', 'KILL', 'SEGV', 'TERM'];
  const SELDOM = ['ILL', 'TRAP', 'BUS', 'FPE', 'USR1', 'USR2', 'ALRM', 'XCPU', 'XFSZ', 'VTALRM', 'PROF', 'SYS'];

  test.for(LONG ? [...USUAL, ...SELDOM] : USUAL)('SIG%s is a failure that names it', async (name, { stage }) => {
    const run = await startAndWait(stage, ['dies.sh', name]);
    expect(run).toMatchObject({ ...failed, state: 'ended', reason: 'signal', signal: `SIG${name}` });
  });

  // dash and bash make no remark about these two, so that they cannot be told from an exit with the same code.
  test.for([
    ['INT', 130],
    ['PIPE', 141],
  ] as const)('SIG%s is a failure whose code names it', async ([name, exitCode], { stage }) => {
    const run = await startAndWait(stage, ['dies.sh', name]);
    expect(run).toMatchObject({ ...failed, state: 'ended', exitCode, evidence: expect.stringContaining(`SIG${name}`) });
  });
});

describe.concurrent('a command that cannot begin', () => {
  const refusals = [
    { title: 'is not executable', command: animal('not-executable.sh'), kind: 'cannot-execute' },
    { title: 'asks for an interpreter that is not there', command: animal('dead-shebang.sh'), kind: 'cannot-execute' },
    { title: 'is a directory', command: animal('.'), kind: 'cannot-execute' },
    { title: 'does not exist', command: './nothing-here', kind: 'not-found' },
    { title: 'is not on the PATH', command: 'no-such-command-anywhere', kind: 'not-found' },
    { title: 'is empty', command: '', kind: 'not-found' },
  ];

  for (const { title, command, kind } of refusals) {
    test(`is refused before a run begins: it ${title}`, async ({ stage }) => {
      for (const verb of ['start', 'run'] as const) {
        const answer = await stage.ask(verb, { step: 'animal', command: [command] });
        expect(answer).toMatchObject({ runs: [], refusal: { kind, message: expect.stringMatching(/\w/) } });
      }
      expect(existsSync(join(stage.dir, 'runs')) ? readdirSync(join(stage.dir, 'runs')) : []).toEqual([]);
      expect(await stage.ask('ls', {})).toEqual({ runs: [], total: 0, next: [] });
    });
  }
});

describe.concurrent('an attached run', () => {
  test('gives the output byte for byte, in order, and the exit code', async ({ stage }) => {
    const given: Buffer[] = [];
    const run = await stage.askOne(
      'run',
      { step: 'animal', command: [animal('prints-bytes.py')], ...QUICK },
      {
        report: (event) => {
          if (event.type !== 'output') return;
          given.push(Buffer.from(event.bytes));
          stage.cue('go'); // half a letter was given: the job may write the other half
        },
      },
    );
    expect(run).toMatchObject(success);
    expect(given.length).toBeGreaterThan(1);
    expect(Buffer.concat(given).equals(readFileSync(run.logFile ?? ''))).toBe(true);
    expect(Buffer.concat(given)).toHaveLength(258);
  });

  test('whose log is deleted is told how it ended, and why its output was not', async ({ stage }) => {
    const report = ({ type }: { type: string }): void => {
      if (type === 'started') rmSync(stage.files().log); // before it is followed
    };
    const input = { step: 'animal', command: [animal('exits.sh'), '7'], ...QUICK };
    const { runs, notes } = await stage.ask('run', input, { report });
    expect(runs).toMatchObject([{ ...failed, exitCode: 7 }]);
    expect(notes).toMatchObject([expect.stringMatching(/^There is no .*\/log\.$/)]);
  });

  test('keeps stderr apart if asked to', async ({ stage }) => {
    const streams = { log: 0, errors: 0 };
    const run = await stage.askOne(
      'run',
      { step: 'animal', command: [animal('prints-bytes.py')], ...QUICK, split: true },
      {
        report: (event) => {
          if (event.type !== 'output') return;
          streams[event.stream] += event.bytes.length;
          stage.cue('go');
        },
      },
    );
    expect(run).toMatchObject(success);
    expect(streams).toEqual({ log: 2, errors: 256 });
  });

  test('is cancelled by its caller: the tree is gone', async ({ stage }) => {
    const caller = new AbortController();
    const [run] = await Promise.all([
      stage.askOne(
        'run',
        { step: 'animal', command: [animal('setsid-child.sh')], ...QUICK, ...POLITE },
        { signal: caller.signal },
      ),
      begun(stage)
        .then(() => left(stage, 'child'))
        .then(() => caller.abort()),
    ]);
    expect(run).toMatchObject({ ...cancelled, signal: 'SIGTERM' });
    expect(run.survivors).toBeUndefined();
    await until(() => stage.alive().length === 0);
  });

  test('asked twice, does not wait for the grace', async ({ stage }) => {
    const [caller, forcer] = [new AbortController(), new AbortController()];
    const policy = { ...QUICK, grace: '50s' };
    const [run] = await Promise.all([
      stage.askOne(
        'run',
        { step: 'animal', command: [animal('ignores-term.sh')], ...policy },
        { signal: caller.signal, force: forcer.signal },
      ),
      begun(stage)
        .then(() => until(() => textOf(stage.files().log) === 'deaf\n'))
        .then(() => caller.abort())
        .then(() => until(() => textOf(stage.files().events).includes('SIGTERM')))
        .then(() => forcer.abort()),
    ]);
    expect(run).toMatchObject({ ...cancelled, signal: 'SIGKILL' });
  });
});

async function startAndWait(
  stage: Stage,
  [program = '', ...args]: readonly string[],
  policy: Row['policy'] = {},
  before: Row['before'] = async () => {},
): Promise<RunView> {
  await stage.askOne('start', { step: 'animal', command: [animal(program), ...args], ...QUICK, ...policy });
  await before(stage);
  // Its troubles are looked at elsewhere (attention.test.ts).
  return stage.askOne('wait', { steps: ['animal'], ignore: 'quiet,suspended,deadline,log-truncated' });
}

/** The command of the stage's first run is on record. */
async function begun(stage: Stage): Promise<void> {
  await until(() => existsSync(join(stage.dir, 'runs')) && readdirSync(join(stage.dir, 'runs')).length > 0);
  await until(() => textOf(stage.files().command).endsWith('\n'));
}

/** The process whose pid an animal left in its folder. */
async function left(stage: Stage, name: string): Promise<Identity> {
  const file = join(stage.folder, name);
  await until(() => textOf(file).endsWith('\n'));
  const identity = identify(Number(textOf(file)));
  if (identity === undefined) throw new Error(`${name} is gone`);
  return identity;
}

function stopAfter(name: string): (stage: Stage) => Promise<void> {
  return async (stage) => {
    const child = await left(stage, name);
    await stage.ask('stop', { steps: ['animal'] });
    expect(isAlive(child)).toBe(false);
  };
}

/** The wrapper has beaten as often as this. */
async function beatsOf(stage: Stage, beats: number): Promise<void> {
  await until(() => Number(textOf(stage.files().heartbeat)) >= beats);
}

function endSurvivors(stage: Stage, { survivors = [] }: RunView): void {
  expect(stage.alive().filter(({ pid }) => survivors.some((survivor) => survivor.pid === pid))).toHaveLength(
    survivors.length,
  );
  for (const { pid, startTime } of survivors) expect(signalIfSame({ pid, startTime }, 'SIGKILL')).toBe(true);
}

function bytesOf(file: string, from: number, length: number): Buffer {
  const fd = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(length);
    return buffer.subarray(0, readSync(fd, buffer, 0, length, from));
  } finally {
    closeSync(fd);
  }
}
