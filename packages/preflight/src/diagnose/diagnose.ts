/** The likely cause of a failure, and the check that can confirm it. */
export interface LikelyCause {
  /** The check, written as after `--check`. */
  readonly spec: string;
  /** The cause, in a few words. */
  readonly why: string;
}

/** How the run ended. */
export interface Exit {
  readonly exitCode?: number | undefined;
  readonly command?: readonly string[] | undefined;
}

/**
 * Guesses from the last lines of a log whether a run failed because of its environment: `ModuleNotFoundError`, `bad interpreter`, exit
 * codes 126 and 127. The last matching line decides, because errors above it may have been caught. Pure. It is a guess: the check that
 * it names finds out.
 * @param tail the end of the log. Only names and paths of plain characters are taken from it.
 * @returns undefined if nothing points to the environment
 */
export function likelyCause(tail: string, exit: Exit): LikelyCause | undefined {
  for (const line of tail.split('\n').toReversed()) {
    const cause = causeIn(line, exit);
    if (cause !== undefined) return cause;
  }
  return undefined;
}

/** A path or a name, quoted or not. Its length is limited, so that a long line does not take long. */
const WORD = `[\`'"‘]?([\\w@%+=.,/-]{1,512})[\`'"’]?`;
/** A word begins the line or follows `: `, as after the name of a shell. After a blank it would be part of another word. */
const BEGIN = '(?<=^|: )';
const DEAD = [
  new RegExp(`${BEGIN}(?=[^:]*/)${WORD}: (?:[^:]{1,512}: )?bad interpreter`),
  new RegExp(`${BEGIN}${WORD}: cannot execute: required file not found`),
  new RegExp(`\\bspawn ${WORD} ENOENT`),
  new RegExp(`Failed to spawn: ${WORD}`),
  new RegExp(`FileNotFoundError: .{0,40}No such file or directory: ${WORD}`),
  new RegExp(`${BEGIN}${WORD}: not found$`),
];
const NOT_EXECUTED = new RegExp(`${BEGIN}${WORD}: (?:Permission denied|Exec format error|cannot execute)`);
const NOT_ON_PATH = [
  new RegExp(`${BEGIN}${WORD}: (?:command )?not found$`),
  new RegExp(`command not found: ${WORD}$`),
  new RegExp(`\\benv: ${WORD}: No such file or directory`),
];
const NODE_MANAGERS = /^(?:npm|npx|pnpm|pnpx|yarn|bun|bunx)$/;

function causeIn(line: string, { exitCode, command = [] }: Exit): LikelyCause | undefined {
  const [, said, module] =
    /(?:ModuleNotFoundError: |([\w@%+=.,/-]{0,512}\bpython[\d.]*): )No module named '?([\p{L}_][\p{L}\p{N}_.]*)'?/u.exec(
      line,
    ) ?? [];
  if (module !== undefined) {
    const python = [said, command[0]].find(isPython);
    const by = python === undefined ? '' : ` ${python}`;
    return { spec: `python-module:${module}${by}`, why: `Python cannot find ${module}` };
  }
  const [, packageName] = /Cannot find (?:module|package) '((?:@[\w.-]+\/)?\w[\w.-]*)(?:\/[^']*)?'/.exec(line) ?? [];
  if (packageName !== undefined) return { spec: 'node-modules', why: `node_modules lacks ${packageName}` };
  const script = wordIn(
    line,
    DEAD,
    (word) => word.includes('/') && (isOfVenv(word) || exitCode === 126 || exitCode === 127),
  );
  if (script !== undefined) return deadScript(script);
  if (exitCode === 127) {
    const program = wordIn(line, NOT_ON_PATH, (word) => !word.includes('/'));
    if (program === undefined) return undefined;
    return NODE_MANAGERS.test(command[0] ?? '')
      ? { spec: 'node-modules', why: `node_modules lacks ${program}` }
      : { spec: `command:${program}`, why: `${program} is not on the PATH` };
  }
  const refused = exitCode === 126 ? wordIn(line, [NOT_EXECUTED], (word) => word.includes('/')) : undefined;
  return refused === undefined ? undefined : { spec: `shebang:${refused}`, why: `${refused} cannot be executed` };
}

/** The interpreter that could not find the module: another one may have it. */
function isPython(word: string | undefined): boolean {
  return /^(?:[\w@%+=.,-]{0,255}\/){0,32}python[\d.]{0,8}$/.test(word ?? '');
}

/** If a script is "not found" although it exists, its interpreter is missing. */
function deadScript(script: string): LikelyCause {
  const [, venv] = VENV.exec(script) ?? [];
  return venv === undefined
    ? { spec: `shebang:${script}`, why: `${script} or its interpreter is missing` }
    : { spec: `venv-scripts:${venv}`, why: 'the interpreter of a console script is missing' };
}

const VENV = /^(.*(?:^|[/._-])v?env)\/bin\/[^/]+$/;

function isOfVenv(word: string): boolean {
  return VENV.test(word);
}

function wordIn(line: string, patterns: readonly RegExp[], isIt: (word: string) => boolean): string | undefined {
  return patterns.map((pattern) => pattern.exec(line)?.[1]).find((word) => word !== undefined && isIt(word));
}
