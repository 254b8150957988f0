/** What a writer of the protocol promises at each level. docs/reference/sentinel-directory.md explains them. */
export const PROMISES = {
  'pid-before-command': [1, 'the .pid is there before the command begins'],
  'pid-names-the-run': [
    1,
    'the .pid holds the pid of a live process of the run, which began before the file was written',
  ],
  'no-status-while-running': [1, 'there is no .status while the command runs'],
  'success-after-exit-0': [1, 'after exit 0 the .status says SUCCESS'],
  'failed-after-exit-7': [1, 'after exit 7 the .status says FAILED'],
  'failed-after-a-signal': [1, 'if a signal killed the command, the .status says FAILED'],
  'failed-without-a-command': [1, 'a command that does not exist is not reported as a success'],
  'old-status-removed': [1, 'a new run does not show the .status of the run before'],
  'arguments-as-given': [1, 'the command gets its arguments as they are: spaces, quotes, Unicode, empty ones'],
  'heartbeat-goes-on': [2, 'the .heartbeat is renewed at least every 30 s while the command is quiet'],
  'heartbeat-ends': [2, 'after a SIGKILL of the writer, a .status is written or the .heartbeat stops'],
  'term-ends-command': [2, 'a TERM to the .pid ends the command'],
  'term-is-no-success': [2, 'a run that was ended by a TERM does not say SUCCESS'],
  'log-has-output': [3, 'the .log has standard output and standard error'],
  'log-is-whole': [3, 'the .log has all of 1 MB of output when the .status is there'],
  'result-before-status': [3, 'what the command writes to $PM_RESULT is in .result when the .status is there'],
  'no-result-after-failure': [3, 'a failed run has no .result'],
  'exit-code-passed-on': [3, 'the writer exits with the code of the command'],
  'stop-leaves-nothing': [3, '`pm stop` ends the run and everything that it started'],
  'two-at-once': [3, 'two runs in one directory do not disturb each other'],
  'unwritable-refused': [
    3,
    'if the directory cannot be written to, the command does not run and the writer does not exit with 0',
  ],
} as const satisfies Readonly<Record<string, readonly [level: number, what: string]>>;

export type PromiseName = keyof typeof PROMISES;

export const LEVELS = [1, 2, 3] as const;

/** The highest level of which every promise is kept; 0 if one of the first level is not. */
export function levelReached(missed: ReadonlySet<PromiseName>): number {
  const lowest = Math.min(...[...missed].map((name) => PROMISES[name][0]), LEVELS.length + 1);
  return lowest - 1;
}
