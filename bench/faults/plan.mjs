import { fileURLToPath } from 'node:url';
import { randomOf } from './random.mjs';

const JOBS = fileURLToPath(new URL('jobs', import.meta.url));
const QUICK = ['--beat', '200ms', '--grace', '300ms'];

/**
 * The jobs that may be started, and how each has to end: `natural` by itself, else by this order.
 * `args` follow the path of the file in which the job writes down what really happened.
 */
const KINDS = {
  'exits 0': (random) => natural(0, random.between(50, 1_500)),
  'exits 7': (random) => natural(7, random.between(50, 1_500)),
  'exits before its limit': (random) => ({
    ...natural(0, random.between(300, 700)),
    options: [...QUICK, '--timeout', '1200ms'],
  }),
  'talks for long': (random) => ({
    ...natural(0, random.between(2_000, 3_500)),
    options: [...QUICK, '--liveness', 'output', '--stale', '2s'],
  }),
  deadlock: () => ({ order: 'hung', job: 'stands-still.sh', args: [], options: deadlockOptions() }),
  'ignores TERM': () => limited('ignores-term.sh'),
  'setsid grandchild': () => limited('leaves-a-grandchild.sh'),
  'short limit': () => limited('stands-still.sh'),
};

/** Who is killed. A process that does not exist at that instant is not counted as struck. */
const FAULTS = {
  none: [],
  wrapper: ['wrapper'],
  'beat loop': ['beat'],
  'wrapper and beat': ['wrapper', 'beat'],
  resident: ['resident'],
  waiter: ['waiter'],
  starter: ['starter'],
  'every Node process': ['starter', 'resident', 'waiter'],
  'all of ours': ['starter', 'resident', 'waiter', 'wrapper', 'beat'],
  'signal to the starter': ['starter'],
  'rm -rf .pm': ['directory'],
  'git clean': ['directory'],
  'unwritable folder': ['folder'],
  'foreign /proc': ['resident'],
};

/** Signals that end a process, or would, and that are no order to stop the job. */
const SIGNALS = ['SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGALRM', 'SIGPIPE', 'SIGVTALRM', 'SIGXCPU'];

/** Who starts the run, and what it leaves to its children. */
const STARTERS = ['plain', 'plain', 'holds a lock', 'ignores signals'];

/** The files whose appearance hands a run to its next phase. A fault right then finds more than one at a random time. */
const MOMENTS = ['wrapper', 'command', 'exit', 'ending', 'outcome'];

/** The plan of one trial. Pure: it depends only on the seed and the number of the trial. */
export function planOf(seed, n) {
  const random = randomOf(seed * 1_000_003 + n);
  for (let i = 0; i < 3; i++) random.chance(0.5); // neighbouring seeds begin with similar numbers
  const picked = random.pick(Object.keys(KINDS));
  const fault = random.pick(Object.keys(FAULTS));
  // Whose /proc is another one cannot see a job stand still: there only the limit holds.
  const kind = fault === 'foreign /proc' && picked === 'deadlock' ? 'short limit' : picked;
  const { job, args, aboutMs = 1_500, ...rest } = KINDS[kind](random);
  return {
    n,
    kind,
    ...rest,
    command: (facts) => [`${JOBS}/${job}`, facts, ...args],
    fault,
    victims: FAULTS[fault],
    when: whenOf(random, aboutMs),
    /** The same fault again, this much later, hits whoever took over. */
    ...(random.chance(0.3) && { againMs: random.between(0, 800) }),
    ...(fault === 'signal to the starter' && { signal: random.pick(SIGNALS) }),
    /** All of pm runs in a pid namespace whose /proc is the outer one, as in the sandboxes of some agents. */
    ...(fault === 'foreign /proc' && { inNamespace: true }),
    starter: fault === 'foreign /proc' ? 'plain' : random.pick(STARTERS),
    /** How it is started. The last two stay until the end of the run. */
    call: fault === 'signal to the starter' ? random.pick(['start', 'start --wait', 'run']) : 'start',
    /** The folder of the run can be written to again after this time: often after the limit. */
    ...(fault === 'unwritable folder' && { mendMs: random.between(300, 2_500) }),
    /** Whether somebody waits from the start on. */
    waits: random.chance(0.5) || fault === 'waiter',
    /** Who has to find the end: only the resident monitor, or a waiter. With a foreign /proc no resident can prove that it lives. */
    judge: fault === 'foreign /proc' ? 'wait' : random.pick(['resident', 'wait']),
  };
}

export const FAULT_NAMES = Object.keys(FAULTS);

function natural(code, lastsMs) {
  return {
    order: 'natural',
    code,
    job: 'ends-by-itself.sh',
    args: [String(lastsMs / 1000), String(code)],
    options: QUICK,
  };
}

function limited(job) {
  return { order: 'timeout', job, args: [], options: [...QUICK, '--timeout', '800ms'] };
}

function deadlockOptions() {
  return [...QUICK, '--liveness', 'activity', '--stale', '1s'];
}

function whenOf(random, aboutMs) {
  if (random.chance(0.3)) return { file: random.pick(MOMENTS) };
  return { afterMs: random.chance(0.35) ? random.between(0, 200) : random.between(100, aboutMs) };
}
