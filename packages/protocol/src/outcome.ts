/** How a run ended. Identical spelling on disk, in TypeScript, in the CLI and over MCP. */
export const OUTCOMES = ['success', 'failed', 'timeout', 'hung', 'cancelled', 'lost'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Where a run is on its way from start to end. */
export const STATES = ['queued', 'starting', 'running', 'quiet', 'suspended', 'stopping', 'ended'] as const;
export type State = (typeof STATES)[number];

/** Why a run ended as it did. */
export const REASONS = [
  /** success: the command exited 0 and nothing had ordered its end */
  'exit-zero',
  /** failed: the command exited with another code */
  'exit-nonzero',
  /** failed: ended by a signal that pm did not send. A command that exits with 128+n itself has `exit-nonzero` */
  'signal',
  /** failed: the kernel ended it, or a process it started, because memory was short; the count of such kills rose meanwhile */
  'oom-killed',
  /** failed: the command could not be executed, so it never ran. A command that exits with 126 or 127 itself has `exit-nonzero` */
  'spawn-failed',
  /** failed: the job has put something else in the place of a record of its run, so an exit of 0 proves nothing */
  'records-replaced',
  /** failed: with `--restart`, it failed too often in a row. `exitCode` is that of the last attempt, and may be 0 */
  'gave-up',
  /** timeout: its limit of awake time was over */
  'max-elapsed',
  /** hung: no sign of life of the kind that its policy asks for */
  'no-evidence',
  /** cancelled: somebody asked for it */
  'asked',
  /** cancelled: it waited for another run, which did not end with success */
  'dependency-failed',
  /** cancelled: when its turn came, a check of its step failed */
  'preflight-failed',
  /** cancelled: when its turn came, it was refused, for example by an open breaker */
  'refused',
  /** lost: the wrapper died before it could record the exit */
  'wrapper-gone',
  /** lost: claimed, but the wrapper never began */
  'never-started',
  /** lost: the machine was restarted */
  'rebooted',
  /** lost: the heartbeat of a run of another host or pid namespace has stopped */
  'beat-stale',
  /** lost: its worker has not extended the lease under which it ran, so it was killed */
  'lease-lost',
  /** lost: a process that was adopted ended by itself; pm did not start it, so its exit status is unknown */
  'exit-unknown',
  /** lost: a foreign writer's next run overwrote its files before anybody read how it ended */
  'superseded',
  /** lost: a foreign writer's `.status` has another word than SUCCESS or FAILED */
  'status-unknown',
  /** failed: a foreign writer's `.status` says so; with an exit code if it names one */
  'status-failed',
  /** success: a foreign writer's `.status` says so */
  'status-success',
] as const;
export type Reason = (typeof REASONS)[number];

/** What to do next. */
export const ADVICE = ['proceed', 'fix', 'retry', 'raise-limit', 'abort'] as const;
export type Advice = (typeof ADVICE)[number];

/**
 * The sign of life that counts: the wrapper's heartbeat, the command's output, its CPU time and I/O, its own beat file, or that its ready
 * checks pass.
 */
export const LIVENESS = ['wrapper', 'output', 'activity', 'beat', 'check'] as const;
export type Liveness = (typeof LIVENESS)[number];

/** When a command is started again for as long as its run lives: if it failed, or however it ended. */
export const RESTARTS = ['on-failure', 'always'] as const;
export type Restart = (typeof RESTARTS)[number];

/** Why a live run needs a decision. */
export const ATTENTIONS = ['quiet', 'suspended', 'deadline', 'log-truncated', 'disk-full', 'unwritable'] as const;
export type Attention = (typeof ATTENTIONS)[number];
