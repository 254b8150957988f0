import { fileURLToPath } from 'node:url';
import { randomOf } from './random.mjs';

const JOBS = fileURLToPath(new URL('jobs', import.meta.url));
const QUICK = ['--beat', '200ms', '--grace', '300ms'];

/**
 * What may be started, and how it has to end: `natural` by itself, else by this order.
 * `args` follow the path of the facts, where the job writes down what really happened.
 */
const KINDS = {
  'exits 0': (random) => natural(0, random.between(50, 1_500)),
  'exits 7': (random) => natural(7, random.between(50, 1_500)),
  'talks for long': (random) => ({
    ...natural(0, random.between(2_000, 3_500)),
    options: [...QUICK, '--liveness', 'output', '--stale', '2s'],
  }),
  deadlock: () => ({ order: 'hung', job: 'stands-still.sh', args: [], options: deadlockOptions() }),
  'ignores TERM': () => limited('ignores-term.sh'),
  'setsid grandchild': () => limited('leaves-a-grandchild.sh'),
  'short limit': () => limited('stands-still.sh'),
};

/** Who is struck. A name that is not there at that instant is not struck. */
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
  'rm -rf .pm': ['directory'],
  'git clean': ['directory'],
};

/** The moments at which a run's records change hands: a fault right then is worth more than one at random. */
const MOMENTS = ['wrapper', 'command', 'exit', 'ending', 'outcome'];

/** The plan of one trial. Pure: it follows from the seed and the trial's number alone. */
export function planOf(seed, n) {
  const random = randomOf(seed * 1_000_003 + n);
  for (let i = 0; i < 3; i++) random.chance(0.5); // neighbouring seeds begin alike
  const kind = random.pick(Object.keys(KINDS));
  const { job, args, aboutMs = 1_500, ...rest } = KINDS[kind](random);
  const fault = random.pick(Object.keys(FAULTS));
  return {
    n,
    kind,
    ...rest,
    command: (facts) => [`${JOBS}/${job}`, facts, ...args],
    fault,
    victims: FAULTS[fault],
    when: whenOf(random, aboutMs),
    /** The same fault once more, this long after: it meets whoever took over. */
    ...(random.chance(0.3) && { againMs: random.between(0, 800) }),
    /** Somebody waits from the start on. */
    waits: random.chance(0.5) || fault === 'waiter',
    /** Who has to find the end: the resident alone, or whoever waits. */
    judge: random.pick(['resident', 'wait']),
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
