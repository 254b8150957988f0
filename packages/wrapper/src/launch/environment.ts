import { type RawVariable, rawVariables } from './raw-environment.ts';

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** They belong to one run. A `pm start` inside a run must not pass them on. */
const RUN_VARIABLES: ReadonlySet<string> = new Set(
  'PM_RUN_ID PM_STEP PM_RESULT PM_BEAT PM_PROGRESS PM_RESIDENT_CALL'.split(' '),
);

/** Every variable that wrapper.sh assigns. If the caller exports one of these, the command would get the wrapper's value. */
const WRAPPER_VARIABLES: ReadonlySet<string> = new Set(
  (
    'attempt beat_ms beat_s beater beats began by cgroup cut cwd dir errors exit_code failures final first_pauses fraction gated ' +
    'grace_ms grown healthy keep kept lease lease_ms lease_s limit line log_cap log_size logs look_s looked looks mode moved name ' +
    'now_ms now_s obstacle old_pwd oom order ordered_beats own_pid parent path pause_cap pause_s paused pauses pid place ' +
    'processes record resident restart retries rounds run_id said_s shell signal since size started starter stat state step ' +
    'tail_from tool umask waited words wrapper'
  ).split(' '),
);

/**
 * Variables that shells set, drop or obey. With SHELLOPTS=errexit in its environment, bash would leave the wrapper half way. Not `_` and
 * SHLVL, which every caller has: a start would be slower for variables that each shell sets anew.
 */
const SHELL_VARIABLES: ReadonlySet<string> = new Set(
  (
    'BASHOPTS BASHPID BASH_ARGV0 BASH_ENV BASH_VERSION COMP_WORDBREAKS EPOCHREALTIME EPOCHSECONDS HISTCMD IFS KSHEGID KSHGID KSHUID ' +
    'KSH_VERSION LINENO OPTERR OPTIND PGRP PIPESTATUS PPID PS1 PS2 PS4 RANDOM SECONDS SHELLOPTS SRANDOM TMOUT USER_ID'
  ).split(' '),
);

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The environment of the wrapper: the caller's, without the variables of an outer run and those that `environmentPrefix` passes on.
 * `PM_RUN_ID` marks it as a supervisor, which belongs to no run's process tree: not its own run's, nor that of an outer run.
 * @param resident the command of the resident monitor, which the wrapper keeps to itself
 */
export function wrapperEnvironment(
  env: Environment,
  runId: string,
  resident: readonly string[] = [],
): Record<string, string> {
  const raw = new Set(rawVariables(env).map(({ name }) => name));
  const given = entriesOf(env).filter(([name]) => !isUnsafeInShell(name) && !raw.has(name));
  const call = resident.some((word) => word.includes('\n')) ? '' : resident.join('\n');
  return {
    ...Object.fromEntries(given),
    PM_RUN_ID: `supervisor-of-${runId}`,
    ...(call !== '' && { PM_RESIDENT_CALL: call }),
  };
}

/**
 * Shells drop variables whose names are no identifiers (`a.b`, `INPUT_who-to`, exported bash functions), and change those that are
 * their own. Node.js changes bytes that are not UTF-8. Such variables reach the command through env(1).
 * @param raw the variables that are not UTF-8
 * @returns a line for the wrapper to source, which puts env(1) before the command; undefined if there are no such variables
 */
export function environmentPrefix(
  env: Environment,
  raw: readonly RawVariable[] = rawVariables(env),
): Buffer | undefined {
  const rawNames = new Set(raw.map(({ name }) => name));
  const unsafe = entriesOf(env).filter(([name]) => isUnsafeInShell(name) && !rawNames.has(name));
  const variables = [
    ...unsafe.map(([name, value]) => Buffer.from(`${name}=${value}`)),
    ...raw.filter(({ name }) => !RUN_VARIABLES.has(name)).map(({ bytes }) => bytes),
  ];
  if (variables.length === 0) return undefined;
  const words = variables.map(quote);
  // An absolute path, because the command's PATH may have no env. `--`, because a name may begin with a dash.
  return Buffer.from(`set -- /usr/bin/env -- ${words.join(' ')} "$@"\n`, 'latin1');
}

function entriesOf(env: Environment): [string, string][] {
  return Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !RUN_VARIABLES.has(entry[0]),
  );
}

function isUnsafeInShell(name: string): boolean {
  return !IDENTIFIER.test(name) || WRAPPER_VARIABLES.has(name) || SHELL_VARIABLES.has(name);
}

/** A word of the shell, with one character for each byte. */
function quote(bytes: Buffer): string {
  return `'${bytes.toString('latin1').replaceAll("'", "'\\''")}'`;
}
