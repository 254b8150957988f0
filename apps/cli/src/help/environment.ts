/** Variables that we read, and what for. */
export const ENVIRONMENT = [
  ['PM_DIR', 'directory of the records, instead of the nearest .pm of this project; a job has that of its run'],
  ['PM_SESSION', 'who owns runs and is told of endings, instead of the session the host names, or user and terminal'],
  ['PM_RESIDENT', 'off: no resident monitor is started; whoever waits judges'],
  ['NO_COLOR', 'no colour; FORCE_COLOR=1 for colour without a terminal'],
  ['PM_DEBUG', 'where an unexpected error came from'],
] as const;

/** Variables that a job is given; no other process is. */
export const OF_THE_JOB = [
  ['PM_RESULT', 'a file for its result: echo \'{"acc":0.93}\' > "$PM_RESULT"'],
  ['PM_PROGRESS', 'a file for one line of progress: echo \'37/120 epoch 3\' > "$PM_PROGRESS"'],
  ['PM_BEAT', 'a file to touch as a proof of life, with --liveness beat'],
  ['PM_STEP', 'its step; PM_RUN_ID, the id of this run'],
] as const;
