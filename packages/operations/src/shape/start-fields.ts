import { DEFAULTS, Duration, LIVENESS, Limit, LogSize, RESTARTS } from '@pm/protocol';
import { exactDuration, formatSize } from '@pm/protocol/text';
import * as z from 'zod/mini';
import { describe } from './describe.ts';
import { flag } from './fields.ts';
import { stepName } from './step-name.ts';

// The options of verbs that start something. They are not in fields.ts, because building them takes a good part of a short call.

/** The port of a start: `auto`, or a number from 1 to 65535, as text or as a number. */
export const PortChoice = z.pipe(
  z.coerce.string().check(
    z.regex(/^(?:auto|[1-9]\d{0,4})$/, 'must be auto, or a number from 1 to 65535'),
    z.refine((text) => text === 'auto' || Number(text) <= 65_535, 'must be auto, or a number from 1 to 65535'),
  ),
  z.transform((text): PortChoice => (text === 'auto' ? text : Number(text))),
);
export type PortChoice = 'auto' | number;

/** A default as an option takes it: `10s`. */
const time = (ms: number): string => `default ${exactDuration(ms)}`;

export const cwd = describe('Working directory of the command. Default: yours.', z.optional(z.string()));
export const stepToStart = describe('Name of the step. Default: derived from the command.', z.optional(stepName));
export const port = describe(
  'Give the command a TCP port, as $PORT and for {port} in its words: a number, or auto (a free one, the same at each start while it is free).',
  z.optional(PortChoice),
);
export const command = describe(
  'The command and its arguments, run without a shell. Default: that of the step in pm.config.json.',
  z.optional(z.array(z.string()).check(z.minLength(1, 'names no command'))),
);
export const stdin = describe(
  'Pass standard input to the command; without this, input that has data is refused. open: a standard input that never ends, for watch programs that would end with it.',
  z.optional(z.union([z.boolean(), z.enum(['open'])])),
);
export const literal = flag('Pass && and > on as arguments.');
export const notify = describe(
  'Who is told how it ended (repeatable): desktop, a URL, env:NAME (a variable with a URL), command:PROGRAM, codex (its session that started the run), a target of pm.config.json, or none.',
  z.optional(z.array(z.string().check(z.minLength(1), z.maxLength(4_000))).check(z.maxLength(8, 'must be 8 at most'))),
);
export const skipChecks = flag('Skip the configured checks.');

/** When a run is ready. */
export const readiness = {
  ready: describe(
    'What makes it ready (repeatable): tcp:3000, http:URL, line:TEXT in its output, file:PATH, or another check.',
    z.optional(z.array(z.string().check(z.minLength(1), z.maxLength(1_000))).check(z.maxLength(20))),
  ),
  readyTimeout: describe(
    'How long to wait until it is ready (default 60s). After that the call returns, and the run goes on.',
    z.optional(Duration),
  ),
};

export const keep = flag('Keep the services running that are started for this run.');

/** What a worker has, or an entry asks for: `cuda`, `mem=64GiB`. */
export const Label = z
  .string()
  .check(z.regex(/^[A-Za-z0-9][\w.-]{0,63}(?:=[\w.:/-]{1,64})?$/, 'must be NAME or NAME=VALUE'));

/** Waiting for a turn. */
export const turn = {
  queue: describe('Wait for a turn in this queue. All your projects share it.', z.optional(stepName)),
  priority: describe(
    'Priority in the queue, -100 to 100 (default 0). A higher one goes first.',
    z.optional(z.coerce.number().check(z.int(), z.gte(-100), z.lte(100))),
  ),
  after: describe(
    'Start after this step has succeeded (repeatable). With build:any, start after build has ended in any way.',
    z.optional(z.array(z.string().check(z.maxLength(80))).check(z.maxLength(100))),
  ),
  label: describe(
    'What a worker must have to take it (repeatable): cuda, or mem=32GiB for at least that. For queues with an engine.',
    z.optional(z.array(Label).check(z.maxLength(20))),
  ),
};
export const front = flag('Go before all other runs in the queue.');

/** How a run is judged. */
export const policy = {
  timeout: describe(
    `Time limit (${time(DEFAULTS.timeoutMs)}), or none. Sleep of the machine does not count.`,
    z.optional(Limit),
  ),
  hardTimeout: describe(
    'Highest limit that pm extend may set. It also lets the job extend itself.',
    z.optional(Duration),
  ),
  grace: describe(`Time between SIGTERM and SIGKILL (${time(DEFAULTS.graceMs)}).`, z.optional(Duration)),
  liveness: describe(
    'What shows that the job is alive: wrapper (never hung), output, activity (CPU or I/O), beat (it touches $PM_BEAT), or check (its ready checks pass).',
    z.optional(z.enum(LIVENESS)),
  ),
  stale: describe(
    `The run is hung after this time without a sign of life (${time(DEFAULTS.staleMs)}).`,
    z.optional(Duration),
  ),
  quietAfter: describe(
    `The run is quiet after this time without output, CPU or I/O (${time(DEFAULTS.quietAfterMs)}).`,
    z.optional(Duration),
  ),
  beat: describe(`How often the wrapper writes a heartbeat (${time(DEFAULTS.beatMs)}).`, z.optional(Duration)),
  logCap: describe(
    `Maximum size of the log, half for each end (default ${formatSize(DEFAULTS.logCapBytes).replace(' ', '')}).`,
    z.optional(LogSize),
  ),
  retries: describe(
    'How often to start again after a failure (default 0, at most 100), within the same limit. Exit 126 or 127 and a stop are final.',
    z.optional(z.number().check(z.int(), z.gte(0), z.lte(100))),
  ),
  backoff: describe(
    `Pause between two attempts (${time(DEFAULTS.backoffMs)}). With restart: default ${exactDuration(DEFAULTS.restartBackoffMs)}, doubled after each failure in a row, up to ${exactDuration(DEFAULTS.longestBackoffMs)}.`,
    z.optional(Duration),
  ),
  split: flag('Write stderr to a file of its own, not to the log.'),
};

/** How a run stays up. */
export const stay = {
  restart: describe(
    `Start again after a failure (on-failure), or also after exit 0 (always). It gives up after ${DEFAULTS.restartRetries + 1} ends in a row; with retries N, after N + 1.`,
    z.optional(z.enum(RESTARTS)),
  ),
  resetAfter: describe(
    `With restart: after this time of an attempt, failures count from 1 again (${time(DEFAULTS.resetAfterMs)}).`,
    z.optional(Duration),
  ),
};
