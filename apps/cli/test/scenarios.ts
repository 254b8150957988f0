import type {
  Answer,
  BreakerView,
  DoctorAnswer,
  FindingView,
  InitAnswer,
  LogAnswer,
  PreflightAnswer,
  QueueView,
  RunView,
} from '@pm/operations';
import type { VerbCall } from '../src/call/verb-call.ts';

/** An answer of an operation, for the golden files. Times are of 2026-11-23, UTC. */
export interface Scenario {
  readonly name: string;
  readonly call: VerbCall;
  readonly answer: Answer;
  readonly endedBy?: 'SIGINT' | 'SIGTERM';
}

const AT_14_02 = Date.UTC(2026, 10, 23, 14, 2, 11);
const LOG = '/project/.pm/runs/20261123T140211000Z-pn8vj77ajt/log';
const TRACEBACK = [
  'Traceback (most recent call last):',
  '  File "train.py", line 41, in <module>',
  '    loss = step(batch)',
  'ValueError: operands could not be broadcast together',
].join('\n');

const RUNNING: RunView = {
  step: 'train',
  id: '20261123T140211000Z-pn8vj77ajt',
  state: 'running',
  evidence: 'wrapper and command alive',
  command: ['python', 'train.py', '--note', 'second try'],
  cwd: '/project',
  pid: 4242,
  startedAt: AT_14_02,
  elapsedMs: 45_000,
  limitMs: 1_800_000,
  untilAt: AT_14_02 + 1_800_000,
  logFile: LOG,
  logBytes: 12_600,
};
const PROGRESS: RunView = { ...RUNNING, elapsedMs: 724_000, progress: '37/120 epoch 3' };
const USAGE = { usage: { cpuMs: 1_400_000, memoryBytes: 1_320_000_000, processes: 9 }, cpuPercent: 193.4 };
const QUIET: RunView = {
  ...RUNNING,
  state: 'quiet',
  elapsedMs: 724_000,
  quietMs: 372_000,
  evidence: 'no output, CPU or I/O for 372 s',
};
const { pid: _pid, limitMs: _limit, untilAt: _until, ...LASTING } = RUNNING;
const ENDED: RunView = { ...LASTING, state: 'ended', endedAt: AT_14_02 + 723_000, elapsedMs: 723_000 };
const SUCCESS: RunView = {
  ...ENDED,
  outcome: 'success',
  reason: 'exit-zero',
  advice: 'proceed',
  exitCode: 0,
  evidence: 'exit 0',
  result: { acc: 0.93 },
};
const BREAKER: BreakerView = {
  name: 'train',
  circuit: 'open',
  why: 'failed 3 times with the same error (ECONNREFUSED 127.0.0.1:8123), and nothing that git sees has changed since; likely an infrastructure problem, not the work itself',
  failures: ['train~2', 'train~1', 'train'].map((run, i) => ({ id: `id-${i}`, run, outcome: 'failed', at: AT_14_02 })),
  nextAt: AT_14_02 + 600_000,
  after: 3,
  coolDownMs: 600_000,
};
const FAILED: RunView = {
  ...ENDED,
  outcome: 'failed',
  reason: 'exit-nonzero',
  advice: 'fix',
  exitCode: 7,
  elapsedMs: 2140,
  endedAt: AT_14_02 + 2140,
  evidence: 'exit 7',
  tail: TRACEBACK,
};
const SURVIVORS = [{ pid: 4242, startTime: '881', command: 'sleep 600' }];
const WAIT = { operation: 'wait', input: { steps: ['train'] }, why: 'wait until it ends' };
const STOP = { operation: 'stop', input: { steps: ['train'] }, why: 'stop it' };
const MORE = { operation: 'logs', input: { step: 'train', tail: 200 }, why: 'see more of its log' };
const TROUBLE = { ...WAIT, why: 'keep waiting' };
const LONGER = { operation: 'extend', input: { step: 'train', limit: '+30m' }, why: 'give it more time' };

const start = (input: VerbCall['input'] = {}): VerbCall => ({
  verb: 'start',
  input: { step: 'train', command: ['python', 'train.py'], ...input },
});
const waiting: VerbCall = { verb: 'wait', input: { steps: ['train'] } };

const FINDINGS: FindingView[] = [
  {
    check: 'http',
    title: 'ClickHouse answers',
    state: 'fail',
    evidence: 'http://127.0.0.1:8123/: 200 OK, but its body does not contain "prod-db": "stage-db\u001b[2J"',
    remedies: [{ argv: ['docker', 'start', 'clickhouse'], safety: 'needs-approval', cwd: '/srv' }],
  },
  {
    check: 'directory',
    title: 'the directory exists',
    state: 'fail',
    evidence: '/project/my data does not exist',
    remedies: [{ argv: ['mkdir', '-p', '--', '/project/my data'], safety: 'safe' }],
  },
  { check: 'gpu', title: 'there is a GPU', state: 'warn', evidence: 'only 7 GB' },
  { check: 'slow', title: 'it answers', state: 'inconclusive', evidence: 'no answer within 10s' },
  { check: 'disk', title: 'the disk has enough space', state: 'pass', evidence: '/project has 78.7 GiB free' },
  { check: 'node-modules', title: 'what is installed is what is locked', state: 'skip', evidence: 'no package.json' },
];

const QUEUED: RunView = {
  step: 'train',
  id: '20261123T180512345Z-7k3f9q2m7x',
  state: 'queued',
  evidence: '2nd in heavy behind build (api)',
  command: ['python', 'train.py'],
  cwd: '/project',
  startedAt: Date.UTC(2026, 10, 23, 18, 5, 12, 345),
  elapsedMs: 12,
  queue: { name: 'heavy', place: 2, waiting: 2 },
};
const QUEUE: QueueView = {
  name: 'heavy',
  folder: '/home/ada/.local/state/process-monitor/queues/heavy',
  slots: 1,
  running: [{ step: 'build', id: '20261123T180510000Z-7k3f9q2m7x', dir: '/home/ada/api/.pm' }],
  waiting: [
    {
      step: 'train',
      id: '20261123T180512345Z-7k3f9q2m7x',
      dir: '/project/.pm',
      place: 1,
      priority: 5,
      startsAt: Date.UTC(2026, 10, 23, 18, 9),
    },
  ],
  total: 30,
};

const CALM: Scenario[] = [
  { name: 'start-queued', call: start(), answer: { runs: [QUEUED], next: [WAIT] } },
  {
    name: 'start-already-queued',
    call: start(),
    answer: { runs: [{ ...QUEUED, elapsedMs: 180_000 }], alreadyRunning: true, next: [WAIT] },
  },
  { name: 'ls-queued', call: { verb: 'ls', input: {} }, answer: { runs: [QUEUED], total: 1, next: [WAIT] } },
  {
    name: 'queue',
    call: { verb: 'queue', input: {} },
    answer: {
      runs: [],
      queues: [QUEUE, { ...QUEUE, name: 'gpu', slots: 2, paused: true, running: [], waiting: [], total: 0, newer: 1 }],
      next: [],
    },
  },
  { name: 'start', call: start(), answer: { runs: [RUNNING], next: [WAIT] } },
  {
    name: 'start-no-limit',
    call: start(),
    answer: { runs: [{ ...LASTING, state: 'running', limitMs: null }], next: [WAIT] },
  },
  {
    name: 'start-in-a-sandbox',
    call: start(),
    answer: {
      runs: [RUNNING],
      notes: ['this sandbox (PID 1: bwrap) ends all its jobs when it ends'],
      next: [WAIT],
    },
  },
  {
    name: 'start-already-running',
    call: start(),
    answer: { runs: [{ ...PROGRESS, elapsedMs: 180_000 }], alreadyRunning: true, next: [WAIT] },
  },
  {
    name: 'start-breaker-open',
    call: { verb: 'start', input: { step: 'train', command: ['python', 'train.py'] } },
    answer: {
      runs: [],
      refusal: { kind: 'breaker-open', message: `train: ${BREAKER.why}`, breaker: BREAKER },
      next: [
        { operation: 'logs', input: { step: 'train' }, why: 'see how it failed' },
        {
          operation: 'breaker',
          input: { action: 'reset', name: 'train', reason: 'what was fixed' },
          why: 'if you fixed something that git does not see: an ignored file, a variable, a service, a package; if files changed, no reset is needed',
        },
      ],
    },
  },
  {
    name: 'wait-breaker-open',
    call: { verb: 'wait', input: { steps: ['train'] } },
    answer: { runs: [{ ...FAILED, advice: 'abort', breaker: BREAKER }], next: [MORE] },
  },
  {
    name: 'breaker',
    call: { verb: 'breaker', input: {} },
    answer: {
      runs: [],
      breakers: [
        BREAKER,
        { name: 'api', circuit: 'closed', failures: BREAKER.failures.slice(1), after: 3, coolDownMs: 600_000 },
        { name: 'deploy', circuit: 'held', why: 'held by ann: migration', failures: [], after: 3, coolDownMs: null },
      ],
      malformed: ['/project/.pm/breakers/api/log/3.malformed was set aside because it could not be read'],
      next: [],
    },
  },
  {
    name: 'breaker-trial',
    call: { verb: 'breaker', input: { action: 'ask', name: 'api' } },
    answer: {
      runs: [],
      breakers: [{ name: 'api', circuit: 'half-open', failures: [], after: 3, coolDownMs: 600_000 }],
      trial: true,
      next: [],
    },
  },
  {
    name: 'start-refused',
    call: start(),
    answer: {
      runs: [RUNNING],
      refusal: { kind: 'already-running', message: 'train is already running another command: python eval.py' },
      next: [WAIT, { ...STOP, why: 'stop it first' }],
    },
  },
  {
    name: 'start-not-found',
    call: start(),
    answer: { runs: [], refusal: { kind: 'not-found', message: 'pyhton is not on the PATH' }, next: [] },
  },
  {
    name: 'start-preflight-failed',
    call: start(),
    answer: {
      runs: [],
      refusal: { kind: 'preflight-failed', message: '2 of 6 checks failed: train was not started' },
      findings: FINDINGS,
      next: [
        { operation: 'preflight', input: { step: 'train', fix: true }, why: 'apply what is safe, and check again' },
      ],
    },
  },
  {
    name: 'wait-attempt',
    call: waiting,
    answer: { runs: [{ ...PROGRESS, attempt: 2, attemptLimit: 4 }], budgetOver: true, next: [WAIT] },
  },
  {
    name: 'wait-between-attempts',
    call: waiting,
    answer: {
      runs: [
        {
          ...RUNNING,
          pid: undefined,
          evidence: 'attempt 1 of 4 ended with exit 7; the next begins 10 s after that',
          attempt: 1,
          attemptLimit: 4,
          attemptExitCode: 7,
        },
      ],
      budgetOver: true,
      next: [WAIT],
    },
  },
  { name: 'wait-nothing', call: { verb: 'wait', input: {} }, answer: { runs: [], next: [] } },
  { name: 'wait-budget-over', call: waiting, answer: { runs: [PROGRESS], budgetOver: true, next: [WAIT] } },
  {
    name: 'wait-interrupted',
    call: waiting,
    answer: { runs: [PROGRESS], budgetOver: true, next: [WAIT] },
    endedBy: 'SIGTERM',
  },
  {
    name: 'wait-attention-quiet',
    call: waiting,
    answer: {
      runs: [{ ...QUIET, attention: 'quiet' }],
      next: [TROUBLE, { operation: 'status', input: { step: 'train' }, why: 'see its details' }, STOP],
    },
  },
  {
    name: 'wait-attention-deadline',
    call: waiting,
    answer: {
      runs: [{ ...PROGRESS, elapsedMs: 1_445_000, attention: 'deadline', evidence: '80 % of its limit is used' }],
      next: [TROUBLE, LONGER, STOP],
    },
  },
];

const ENDINGS: Scenario[] = [
  { name: 'wait-success', call: waiting, answer: { runs: [SUCCESS], next: [] } },
  {
    name: 'wait-success-leftovers',
    call: waiting,
    answer: {
      runs: [
        {
          ...SUCCESS,
          result: undefined,
          resultError: 'result unreadable: not JSON, or nested too deeply',
          survivors: SURVIVORS,
        },
      ],
      next: [],
    },
  },
  { name: 'wait-failed', call: waiting, answer: { runs: [FAILED], next: [MORE] } },
  {
    name: 'wait-failed-after-attempts',
    call: waiting,
    answer: { runs: [{ ...FAILED, exitCode: 1, evidence: 'exit 1', attempts: 4, elapsedMs: 95_000 }], next: [MORE] },
  },
  { name: 'wait-success-after-attempts', call: waiting, answer: { runs: [{ ...SUCCESS, attempts: 3 }], next: [] } },
  {
    name: 'wait-signal',
    call: waiting,
    answer: {
      runs: [
        {
          ...FAILED,
          reason: 'signal',
          exitCode: 139,
          signal: 'SIGSEGV',
          evidence: 'ended by SIGSEGV (exit 139), not sent by pm',
        },
      ],
      next: [MORE],
    },
  },
  {
    name: 'wait-timeout',
    call: waiting,
    answer: {
      runs: [
        {
          ...FAILED,
          outcome: 'timeout',
          reason: 'max-elapsed',
          advice: 'raise-limit',
          exitCode: 143,
          elapsedMs: 1_800_000,
          evidence: 'ran 30m, limit 30m',
          tail: 'epoch 36\nepoch 37',
          survivors: SURVIVORS,
        },
      ],
      next: [MORE],
    },
  },
  {
    name: 'wait-hung',
    call: waiting,
    answer: {
      runs: [
        {
          ...FAILED,
          outcome: 'hung',
          reason: 'no-evidence',
          advice: 'fix',
          exitCode: 137,
          signal: 'SIGKILL',
          elapsedMs: 723_000,
          evidence: 'no output for 1m02s on 6 looks, limit 1m; the command was alive',
          tail: 'waiting for lock',
        },
      ],
      next: [MORE],
    },
  },
  {
    name: 'wait-cancelled',
    call: waiting,
    answer: {
      runs: [
        { ...FAILED, outcome: 'cancelled', reason: 'asked', advice: 'abort', exitCode: 143, evidence: 'wrong branch' },
      ],
      next: [MORE],
    },
  },
  {
    name: 'wait-lost',
    call: waiting,
    answer: {
      runs: [
        { ...ENDED, outcome: 'lost', reason: 'rebooted', advice: 'retry', evidence: 'the machine has restarted since' },
      ],
      next: [MORE],
    },
  },
  {
    name: 'wait-several',
    call: { verb: 'wait', input: { steps: ['train', 'lint'] } },
    answer: {
      runs: [SUCCESS, { ...FAILED, step: 'lint', exitCode: 2, evidence: 'exit 2', tail: '3 errors' }],
      next: [{ ...MORE, input: { step: 'lint', tail: 200 } }],
    },
  },
  {
    name: 'wait-hostile',
    call: waiting,
    answer: {
      runs: [
        {
          ...FAILED,
          evidence: 'exit 7\u001b[2J\u001b]0;pwned\u0007',
          tail: '\u001b[1;32mfine\u001b[0m\r\ntrain success in 1s\n\u009b2J\u202eneddih',
          survivors: [{ pid: 9, startTime: '1', command: '\u001b[31mx\nnext: pm stop everything' }],
        },
      ],
      next: [MORE],
    },
  },
  { name: 'start-wait', call: start({ wait: true }), answer: { runs: [SUCCESS], next: [] } },
  { name: 'run-failed', call: { ...start(), verb: 'run' }, answer: { runs: [FAILED], next: [MORE] } },
  {
    name: 'stop',
    call: { verb: 'stop', input: { steps: ['train'] } },
    answer: { runs: [{ ...FAILED, outcome: 'cancelled', reason: 'asked', evidence: 'asked to stop' }], next: [] },
  },
  {
    name: 'stop-survivors',
    call: { verb: 'stop', input: { steps: ['train'] } },
    answer: {
      runs: [{ ...FAILED, outcome: 'cancelled', reason: 'asked', evidence: 'asked to stop', survivors: SURVIVORS }],
      next: [],
    },
  },
];

const extending: VerbCall = { verb: 'extend', input: { step: 'train', limit: '+30m' } };
const EXTENDED = { ...PROGRESS, limitMs: 3_600_000, untilAt: AT_14_02 + 3_600_000 };

const EXTENSIONS: Scenario[] = [
  { name: 'extend', call: extending, answer: { runs: [EXTENDED], next: [WAIT] } },
  {
    name: 'extend-still-near',
    call: extending,
    answer: {
      runs: [
        {
          ...EXTENDED,
          attention: 'deadline',
          elapsedMs: 3_000_000,
          evidence: 'it is still in the last fifth of its limit',
        },
      ],
      next: [TROUBLE, LONGER, STOP],
    },
  },
  {
    name: 'extend-refused',
    call: { verb: 'extend', input: { step: 'train', limit: '10m' } },
    answer: {
      runs: [PROGRESS],
      refusal: { kind: 'limit', message: 'train has been running for 12m; a limit of 10m would end it now' },
      next: [{ ...STOP, why: 'stop it now' }],
    },
  },
];

const EVERY_STATE: RunView[] = [
  PROGRESS,
  { ...QUIET, step: 'sync' },
  { ...RUNNING, step: 'fetch', attempt: 2, attemptLimit: 4 },
  {
    ...RUNNING,
    step: 'build',
    state: 'suspended',
    evidence: 'stopped by a signal; kill -CONT continues it',
  },
  { ...RUNNING, step: 'lint', state: 'stopping', elapsedMs: 3100, evidence: 'termination ordered: cancelled' },
  { ...FAILED, step: 'backtest', exitCode: 1, evidence: 'exit 1', unseen: true },
  { ...SUCCESS, step: 'unit-tests-of-the-backend' },
  {
    ...FAILED,
    step: 'sweep',
    outcome: 'timeout',
    elapsedMs: 1_800_000,
    evidence: 'ran 30m, limit 30m',
  },
  {
    ...FAILED,
    step: 'scrape',
    outcome: 'hung',
    evidence: 'no output for 1m02s on 6 looks, limit 1m; the command was alive',
  },
  { ...FAILED, step: 'docs', outcome: 'cancelled', evidence: 'asked to stop' },
  { ...ENDED, step: 'deploy', outcome: 'lost', evidence: 'the machine has restarted since' },
  {
    step: 'old',
    state: 'malformed',
    evidence: 'it has ended, but its outcome cannot be read (not JSON)',
    startedAt: 0,
    elapsedMs: 0,
  },
];

const LISTS: Scenario[] = [
  { name: 'ls', call: { verb: 'ls', input: {} }, answer: { runs: EVERY_STATE, next: [] } },
  {
    name: 'ls-usage',
    call: { verb: 'ls', input: {} },
    answer: {
      runs: [
        { ...PROGRESS, ...USAGE, remainingMs: 1_624_000 },
        { ...RUNNING, step: 'web', usage: { cpuMs: 90, memoryBytes: 48_300_000, processes: 1 }, cpuPercent: 0.2 },
        { ...PROGRESS, step: 'build', usualMs: 240_000, usage: USAGE.usage },
        { ...FAILED, step: 'unit-tests-of-the-backend', unseen: true },
      ],
      next: [],
    },
  },
  { name: 'ls-empty', call: { verb: 'ls', input: {} }, answer: { runs: [], next: [] } },
  {
    name: 'ls-history',
    call: { verb: 'ls', input: { step: 'train' } },
    answer: {
      runs: [PROGRESS, { ...FAILED, back: 1 }, { ...SUCCESS, back: 3 }],
      malformed: ['train: its run record is malformed (empty)'],
      next: [],
    },
  },
  {
    name: 'ls-everywhere',
    call: { verb: 'ls', input: { everywhere: true } },
    answer: {
      runs: [
        { ...PROGRESS, dir: '/project/.pm' },
        { ...FAILED, dir: '/home/ann/other/.pm', unseen: true },
      ],
      next: [],
    },
  },
  {
    name: 'recover',
    call: { verb: 'recover', input: {} },
    answer: {
      runs: [{ ...FAILED, unseen: true }, { ...SUCCESS, step: 'build', back: 1, unseen: true }, PROGRESS],
      next: [{ operation: 'recover', input: {}, why: 'see 2 more runs that have ended unseen' }, MORE, WAIT],
    },
  },
  { name: 'recover-live', call: { verb: 'recover', input: {} }, answer: { runs: [PROGRESS], next: [WAIT] } },
  { name: 'recover-nothing', call: { verb: 'recover', input: {} }, answer: { runs: [], next: [] } },
  {
    name: 'wait-nothing-but-unseen',
    call: { verb: 'wait', input: {} },
    answer: { runs: [], next: [{ operation: 'recover', input: {}, why: '2 ended, and nobody was told' }] },
  },
  {
    name: 'prune',
    call: { verb: 'prune', input: {} },
    answer: {
      runs: [],
      pruned: {
        steps: [
          { step: 'train', ids: ['20261123T140211000Z-pn8vj77ajt'], bytes: 49_152 },
          { step: 'lint', ids: ['20261123T140211000Z-pn8vj77ajv', '20261123T140211000Z-pn8vj77ajw'], bytes: 4096 },
        ],
        live: 1,
        unseen: 3,
        dryRun: false,
      },
      next: [],
    },
  },
  {
    name: 'prune-nothing',
    call: { verb: 'prune', input: { dryRun: true } },
    answer: { runs: [], pruned: { steps: [], live: 0, unseen: 0, dryRun: true }, next: [] },
  },
  { name: 'status-live', call: { verb: 'status', input: { step: 'train' } }, answer: { runs: [QUIET], next: [WAIT] } },
  {
    name: 'status-failed',
    call: { verb: 'status', input: { step: 'train' } },
    answer: { runs: [FAILED], next: [MORE] },
  },
];

export const SCENARIOS: readonly Scenario[] = [...CALM, ...EXTENSIONS, ...ENDINGS, ...LISTS];

export const LOG_ANSWER: LogAnswer = {
  step: 'train',
  file: LOG,
  text: `epoch 36\n\u001b[32mepoch 37\u001b[0m\n${TRACEBACK}\n`,
  from: 12_400,
  to: 12_600,
  totalBytes: 12_600,
  omitted: '12400 bytes before',
  next: [],
};

/** The same log, read on from a cursor while it grows. */
export const MORE_OF_A_LOG: LogAnswer = {
  ...LOG_ANSWER,
  omitted: undefined,
  totalBytes: 20_000,
  next: [{ operation: 'logs', input: { step: 'train', cursor: 12_600 }, why: 'read on' }],
};

export const INIT_ANSWER: InitAnswer = {
  file: '/project/pm.config.json',
  content: '{\n  "steps": {}\n}\n',
  written: true,
  steps: [
    { step: 'test', command: ['npm', 'run', 'test'], from: 'package.json' },
    { step: 'pytest', command: ['uv', 'run', 'pytest'], from: 'pyproject.toml' },
  ],
  next: [{ operation: 'start', input: { step: 'test' }, why: 'npm run test' }],
};

export const DOCTOR_ANSWER: DoctorAnswer = {
  dir: '/project/.pm',
  findings: [
    {
      check: 'links',
      result: 'pass',
      what: 'of two starts at once, one wins',
      fact: 'hard links work and replace nothing',
    },
    {
      check: 'orphans',
      result: 'warn',
      what: 'ended orphans are reaped',
      fact: 'PID 1 left the wrapper of an ended run as a zombie; each run leaves one, but outcomes are right',
      remedy: 'run an init as PID 1 (docker run --init)',
    },
    {
      check: 'directory',
      result: 'fail',
      what: 'the records are safe',
      fact: '/project/.pm\u001b[2J can be written by other users',
      remedy: 'chmod go-w /project/.pm',
    },
    { check: 'tree', result: 'skip', what: 'a stop ends all processes', fact: 'not tried: it cannot be written' },
  ],
  next: [],
};

export const PREFLIGHT_ANSWER: PreflightAnswer = {
  cwd: '/project',
  findings: FINDINGS,
  fixes: [],
  next: [{ operation: 'preflight', input: { step: 'train', fix: true }, why: 'apply what is safe, and check again' }],
};

export const FIXES: PreflightAnswer['fixes'] = [
  { check: 'directory', argv: ['mkdir', '-p', '--', '/project/my data'], applied: true, evidence: 'exit 0' },
  {
    check: 'venv',
    argv: ['uv', 'sync'],
    cwd: '/project/ml',
    applied: false,
    evidence: 'exit 2: no such\u001b[2J extra',
  },
];
