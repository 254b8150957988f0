const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Belongs to one run: an inner `pm start` must not look like a part of the outer one. */
const OF_ONE_RUN: ReadonlySet<string> = new Set(['PM_RUN_ID', 'PM_STEP', 'PM_RESULT', 'PM_BEAT', 'PM_PROGRESS']);

/** Every variable that wrapper.sh assigns: one of that name, exported by the caller, would reach the command with our value. */
const OF_THE_WRAPPER: ReadonlySet<string> = new Set(
  (
    'attempt beat_ms beat_s beater beats by cause cgroup cut cwd dir errors evidence exit_code final fraction grace_ms grown keep limit ' +
    'line log_cap log_size logs mode name ordered_beats own_pid parent path pause_s paused pauses pid retries run_id shell signal size ' +
    'started stat step tail_from tool umask version words wrapper'
  ).split(' '),
);

/** What shells set, drop or obey on their own: with SHELLOPTS=errexit in its environment bash would leave the wrapper half way. */
const OF_THE_SHELL: ReadonlySet<string> = new Set(
  'BASHOPTS BASH_ENV IFS LINENO OPTIND PPID PS4 RANDOM SHELLOPTS'.split(' '),
);

/**
 * The environment of the wrapper: the caller's without the variables of an outer run and those that go another way.
 * `PM_RUN_ID` says that it supervises and belongs to no tree, neither its own run's nor that of a run it was started from.
 */
export function wrapperEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  runId: string,
): Record<string, string> {
  const given = entriesOf(env).filter(([name]) => !goesAnotherWay(name));
  return { ...Object.fromEntries(given), PM_RUN_ID: `supervisor-of-${runId}` };
}

/**
 * Shells drop variables whose names are no identifiers (`a.b`, `INPUT_who-to`, exported bash functions: lab finding 11),
 * and change those that are their own.
 * @returns a line for the wrapper to source that passes them through env(1), or undefined if there are none
 */
export function oddEnvironment(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const odd = entriesOf(env).filter(([name]) => goesAnotherWay(name));
  if (odd.length === 0) return undefined;
  // By its path: the command's PATH may have no env. `--`: a name may begin with a dash.
  return `set -- /usr/bin/env -- ${odd.map(([name, value]) => quote(`${name}=${value}`)).join(' ')} "$@"\n`;
}

function entriesOf(env: Readonly<Record<string, string | undefined>>): [string, string][] {
  return Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !OF_ONE_RUN.has(entry[0]),
  );
}

function goesAnotherWay(name: string): boolean {
  return !IDENTIFIER.test(name) || OF_THE_WRAPPER.has(name) || OF_THE_SHELL.has(name);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
