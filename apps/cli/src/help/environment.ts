/** The variables that pm reads, and what for. */
export const ENVIRONMENT = [
  [
    'PM_DIR',
    'directory of the run records; default: the nearest .pm of this project; inside a job: the directory of its run',
  ],
  [
    'PM_SESSION',
    'owner of the runs that you start, who gets their results; default: the session of the agent host, else user and terminal',
  ],
  ['PM_RESIDENT', 'off: do not start the resident monitor; then only a waiting pm detects a hang'],
  ['PM_CGROUP', 'off: start runs without a cgroup of their own; a stop may then miss processes, and name them'],
  ['NO_COLOR', 'turns colour off; FORCE_COLOR=1 turns it on without a terminal'],
  ['PM_DEBUG', '1: an unexpected error shows its stack trace'],
] as const;

/** The variables that pm sets for a job and for no other process. */
export const OF_THE_JOB = [
  ['PM_RESULT', 'a file for its result: echo \'{"acc":0.93}\' > "$PM_RESULT"'],
  ['PM_PROGRESS', 'a file for one line of progress: echo \'37/120 epoch 3\' > "$PM_PROGRESS"'],
  ['PM_BEAT', 'a file to touch as a sign of life, with --liveness beat'],
  ['PM_STEP', 'name of its step; PM_RUN_ID is the id of this run'],
] as const;
