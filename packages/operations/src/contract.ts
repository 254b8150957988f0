// The contract of frontends: what each of them must tell its users, in whatever form. It is for tests only.
import { deepEqual, doesNotMatch, equal, match, ok } from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assetPath } from './assets.ts';
import type { OperationName } from './index.ts';
import type { Next, RunView } from './shape/answer.ts';

/** The answer of a frontend as neutral data. Of a run, it may leave out what callers do not need. */
export interface FrontendAnswer {
  readonly runs?: readonly Partial<RunView>[];
  /** Nothing was done, with the reason: `already-running`, `not-found`, … */
  readonly refusal?: { readonly kind: string; readonly message: string };
  /** The call itself was wrong: `usage`, `no-such-step`, … */
  readonly fault?: { readonly code: string; readonly message: string };
  readonly next?: readonly Pick<Next, 'operation' | 'input'>[];
  readonly alreadyRunning?: boolean;
  readonly budgetOver?: boolean;
  /** Of `logs`. */
  readonly text?: string;
}

/** A frontend as the contract uses it. It serves the project in `folder`; each case has a new one. */
interface FrontendDriver {
  readonly folder: string;
  /**
   * Asks for an operation as a user of the frontend does.
   * @param input as people write it: `{ timeout: '10m' }`
   * @param signal aborts the request, as closing the page or Ctrl-C would; the promise may then resolve or reject
   */
  ask(
    operation: OperationName,
    input: Readonly<Record<string, unknown>>,
    signal?: AbortSignal,
  ): Promise<FrontendAnswer>;
}

/** One promise of the contract, as one test. */
interface ContractCase {
  readonly title: string;
  readonly run: (driver: FrontendDriver) => Promise<void>;
}

/**
 * All promises of a frontend: `for (const { title, run } of frontendContract) test(title, …)`. Each needs a project of its own.
 * A case that fails rejects with an AssertionError that shows the answer. Its runs have ended when it resolves.
 */
export const frontendContract: readonly ContractCase[] = [
  {
    title: 'a success is reported with its result and the advice to proceed',
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
    title: 'a failure is reported with its exit code, the end of its log and the advice to fix',
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
    title: 'a start returns at once, and the wait that it suggests reports the end',
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
    title: 'a wait whose budget is used up says so, and the run continues',
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
    title: 'leaving a wait does not stop the run',
    async run({ ask, folder }) {
      await ask('start', { step: 'web', command: until(folder) });
      const leaving = new AbortController();
      const waiting = ask('wait', { steps: ['web'] }, leaving.signal).catch(() => undefined);
      await ask('ls', {}); // now it is waiting
      leaving.abort();
      await waiting;
      equal(one(await ask('status', { step: 'web' })).state, 'running');
      cue(folder);
      equal(one(await ask('wait', { steps: ['web'] })).outcome, 'success');
    },
  },
  {
    title: 'the same start again starts nothing, and another command under its name is refused',
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
    title: 'the calls that it suggests are about the run of that directory and no other',
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
    title: 'a command that does not exist is refused before a run begins',
    async run({ ask }) {
      equal((await ask('start', { step: 'a', command: ['no-such-program'] })).refusal?.kind, 'not-found');
      deepEqual((await ask('ls', {})).runs, []);
    },
  },
  {
    title: 'a wrong call is answered with a code and the reason',
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
    title: 'a stop ends a run, and a second stop is no error',
    async run({ ask, folder }) {
      await ask('start', { step: 'web', command: until(folder) });
      for (const _ of ['once', 'twice']) {
        const { outcome, reason, advice } = one(await ask('stop', { steps: ['web'], reason: 'wrong branch' }));
        deepEqual({ outcome, reason, advice }, { outcome: 'cancelled', reason: 'asked', advice: 'abort' });
      }
    },
  },
  {
    title: 'the limit of a live run can be changed, and that of an ended run cannot',
    async run({ ask, folder }) {
      await ask('start', { step: 'web', command: until(folder), timeout: '10m' });
      equal(one(await ask('extend', { step: 'web', limit: '+5m' })).limitMs, 900_000);
      cue(folder);
      await ask('wait', { steps: ['web'] });
      equal((await ask('extend', { step: 'web', limit: '1h' })).refusal?.kind, 'ended');
    },
  },
  {
    title: 'a log and the end of a failure are shown without control characters',
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
    title: 'recover shows an unseen ending, once',
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
  throw new Error(`expected one run, but got ${JSON.stringify({ runs, ...rest })}`);
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
