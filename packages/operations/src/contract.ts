// The contract of frontends: what every one of them has to tell its users, however it says it. For tests; nothing at run time loads it.
import { deepEqual, doesNotMatch, equal, match, ok } from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assetPath } from './assets.ts';
import type { OperationName } from './index.ts';
import type { Next, RunView } from './shape/answer.ts';

/** What a frontend has told, in the words of the operations. Of a run it may leave out what a caller does not act on. */
export interface FrontendAnswer {
  readonly runs?: readonly Partial<RunView>[];
  /** Nothing was done, and why: `already-running`, `not-found`, … */
  readonly refusal?: { readonly kind: string; readonly message: string };
  /** The call itself was wrong: `usage`, `no-such-step`, … */
  readonly fault?: { readonly code: string; readonly message: string };
  readonly next?: readonly Pick<Next, 'operation' | 'input'>[];
  readonly alreadyRunning?: boolean;
  readonly budgetOver?: boolean;
  /** Of `logs`. */
  readonly text?: string;
}

/** A frontend as the contract uses it: one that serves the project in `folder`, anew for each case. */
interface FrontendDriver {
  readonly folder: string;
  /**
   * Asks for an operation as a user of the frontend would.
   * @param input as people write it: `{ timeout: '10m' }`
   * @param signal aborts the asking, as the user would by closing the page or by Ctrl-C; the promise may then settle as it likes
   */
  ask(
    operation: OperationName,
    input: Readonly<Record<string, unknown>>,
    signal?: AbortSignal,
  ): Promise<FrontendAnswer>;
}

/** One promise of the contract, to be run as a test of its own. */
interface ContractCase {
  readonly title: string;
  readonly run: (driver: FrontendDriver) => Promise<void>;
}

/**
 * Every promise that a frontend gives, each with a project of its own: `for (const { title, run } of frontendContract) test(title, …)`.
 * A case rejects with an AssertionError that says what was told instead. What it started has ended when it resolves.
 */
export const frontendContract: readonly ContractCase[] = [
  {
    title: 'a success is told with its result, and the advice to proceed',
    async run({ ask }) {
      const run = one(await ask('start', { step: 'train', command: job('succeeds'), wait: true }));
      const { step, state, outcome, reason, exitCode, advice, result } = run;
      const expected = { step: 'train', state: 'ended', outcome: 'success', reason: 'exit-zero', exitCode: 0 };
      deepEqual(
        { step, state, outcome, reason, exitCode, advice, result },
        { ...expected, advice: 'proceed', result: { acc: 0.93 } },
      );
    },
  },
  {
    title: 'a failure is told with its exit code, its decisive lines, and the advice to fix',
    async run({ ask }) {
      const { outcome, reason, exitCode, advice, tail } = one(
        await ask('start', { step: 'tests', command: job('fails'), wait: true }),
      );
      deepEqual(
        { outcome, reason, exitCode, advice },
        { outcome: 'failed', reason: 'exit-nonzero', exitCode: 3, advice: 'fix' },
      );
      match(String(tail), /FAILED: expected 10, got 100/);
    },
  },
  {
    title: 'a start returns at once, and the wait that it names tells the end',
    async run({ ask, folder }) {
      const started = await ask('start', { step: 'web', command: until(folder) });
      ok(['starting', 'running'].includes(String(one(started).state)));
      const next = started.next?.find(({ operation }) => operation === 'wait');
      deepEqual(next?.input, { steps: ['web'] });
      cue(folder);
      equal(one(await ask('wait', next?.input ?? {})).outcome, 'success');
    },
  },
  {
    title: 'a wait whose budget is over says so, and the run goes on',
    async run({ ask, folder }) {
      await ask('start', { step: 'web', command: until(folder) });
      const told = await ask('wait', { steps: ['web'], budget: '100ms' });
      deepEqual([told.budgetOver, one(told).outcome], [true, undefined]);
      ok(told.next?.some(({ operation }) => operation === 'wait'));
      cue(folder);
      equal(one(await ask('wait', { steps: ['web'] })).outcome, 'success');
    },
  },
  {
    title: 'who stops waiting stops nothing',
    async run({ ask, folder }) {
      await ask('start', { step: 'web', command: until(folder) });
      const leaving = new AbortController();
      const waiting = ask('wait', { steps: ['web'] }, leaving.signal).catch(() => undefined);
      await ask('ls', {}); // it is on
      leaving.abort();
      await waiting;
      equal(one(await ask('status', { step: 'web' })).state, 'running');
      cue(folder);
      equal(one(await ask('wait', { steps: ['web'] })).outcome, 'success');
    },
  },
  {
    title: 'the same start again is no second run, and another command under its name is refused',
    async run({ ask, folder }) {
      await ask('start', { step: 'web', command: until(folder) });
      equal((await ask('start', { step: 'web', command: until(folder) })).alreadyRunning, true);
      const { refusal, next } = await ask('start', { step: 'web', command: job('succeeds') });
      equal(refusal?.kind, 'already-running');
      deepEqual(
        next?.map(({ operation }) => operation),
        ['wait', 'stop'],
      );
      cue(folder);
      equal(one(await ask('wait', { steps: ['web'] })).outcome, 'success');
    },
  },
  {
    title: 'the calls that it names are about the run of that directory, and of no other',
    async run({ ask, folder }) {
      const dir = 'elsewhere/.pm';
      await ask('start', { step: 'web', command: until(folder) });
      await ask('start', { step: 'web', command: until(folder), dir });
      const { refusal, next = [] } = await ask('start', { step: 'web', command: job('succeeds'), dir });
      equal(refusal?.kind, 'already-running');
      deepEqual(
        next.map(({ operation, input }) => [operation, input['dir']]),
        [
          ['wait', dir],
          ['stop', dir],
        ],
      );
      equal(one(await ask('stop', next.at(-1)?.input ?? {})).outcome, 'cancelled');
      equal(one(await ask('status', { step: 'web' })).state, 'running');
      cue(folder);
      equal(one(await ask('wait', { steps: ['web'] })).outcome, 'success');
    },
  },
  {
    title: 'what cannot be found is refused before a run begins',
    async run({ ask }) {
      equal((await ask('start', { step: 'a', command: ['no-such-program'] })).refusal?.kind, 'not-found');
      deepEqual((await ask('ls', {})).runs, []);
    },
  },
  {
    title: 'a mistake in a call has a code, and says what is wrong',
    async run({ ask }) {
      const unknown = await ask('status', { step: 'nothing' });
      equal(unknown.fault?.code, 'no-such-step');
      match(unknown.fault?.message ?? '', /There is no run nothing/);
      for (const wrong of [{ timeout: 'soon' }, { retries: 1_000 }, { step: '../x' }])
        equal((await ask('start', { command: job('succeeds'), ...wrong })).fault?.code, 'usage', JSON.stringify(wrong));
      deepEqual((await ask('ls', {})).runs, []);
    },
  },
  {
    title: 'only a stop ends a run, and once more is no mistake',
    async run({ ask, folder }) {
      await ask('start', { step: 'web', command: until(folder) });
      for (const _ of ['once', 'twice']) {
        const { outcome, reason, advice } = one(await ask('stop', { steps: ['web'], reason: 'wrong branch' }));
        deepEqual({ outcome, reason, advice }, { outcome: 'cancelled', reason: 'asked', advice: 'abort' });
      }
    },
  },
  {
    title: 'a limit is moved while it runs, and not once it has ended',
    async run({ ask, folder }) {
      await ask('start', { step: 'web', command: until(folder), timeout: '10m' });
      equal(one(await ask('extend', { step: 'web', limit: '+5m' })).limitMs, 900_000);
      cue(folder);
      await ask('wait', { steps: ['web'] });
      equal((await ask('extend', { step: 'web', limit: '1h' })).refusal?.kind, 'ended');
    },
  },
  {
    title: 'a log is given as text that steers nothing, and so is the end of a failure',
    async run({ ask }) {
      const { tail } = one(await ask('start', { step: 'evil', command: job('hostile'), wait: true }));
      const { text } = await ask('logs', { step: 'evil' });
      for (const told of [String(tail), String(text)]) {
        match(told, /ared b/);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
        doesNotMatch(told, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
      }
    },
  },
  {
    title: 'an ending that nobody was told is told by recover, once',
    async run({ ask, folder }) {
      await ask('start', { step: 'web', command: until(folder) });
      cue(folder);
      while ((await ask('ls', {})).runs?.[0]?.state !== 'ended');
      deepEqual(
        (await ask('recover', {})).runs?.map(({ step, outcome }) => [step, outcome]),
        [['web', 'success']],
      );
      deepEqual((await ask('recover', {})).runs, []);
    },
  },
];

function one({ runs = [], ...rest }: FrontendAnswer): Partial<RunView> {
  const [run, ...others] = runs;
  if (run !== undefined && others.length === 0 && rest.refusal === undefined && rest.fault === undefined) return run;
  throw new Error(`one run was to be told, and not ${JSON.stringify({ runs, ...rest })}`);
}

function job(...args: readonly string[]): string[] {
  return [assetPath('assets/contract-job.sh'), ...args];
}

function until(folder: string): string[] {
  return job('until', join(folder, 'cue'));
}

function cue(folder: string): void {
  writeFileSync(join(folder, 'cue'), '');
}
