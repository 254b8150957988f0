/** What a failure was likely about, and the check that looks for it. */
export interface LikelyCause {
  /** As after `--check`. */
  readonly spec: string;
  /** In a few words. */
  readonly why: string;
}

/** How the run ended whose log it was. */
export interface Exit {
  readonly exitCode?: number | undefined;
  readonly command?: readonly string[] | undefined;
}

/**
 * What the last lines of a failed run's log say of its environment; undefined if they say nothing of it. The last line that does decides:
 * what was caught and went on is above it. Pure, and never more than a guess: the check it names finds out.
 * From the seed: `ModuleNotFoundError`, `bad interpreter`, and the codes 126 and 127 by which a shell tells of either.
 * @param tail what a job printed: whatever is taken from it is a name or a path of plain characters
 */
export function likelyCause(tail: string, exit: Exit): LikelyCause | undefined {
  for (const line of tail.split('\n').toReversed()) {
    const cause = causeIn(line, exit);
    if (cause !== undefined) return cause;
  }
  return undefined;
}

/** A path or a name, as it stands in messages: quoted in one of four ways, or not. Bounded, so that a long line takes no long time. */
const WORD = `[\`'"‘]?([\\w@%+=.,/-]{1,512})[\`'"’]?`;
/** After the name of the shell, the line of its script, or nothing: a word behind a blank is a part of another. */
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
    return { spec: `python-module:${module}${by}`, why: `Python does not find ${module}` };
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

/** The interpreter that did not find it: another one may well have it. */
function isPython(word: string | undefined): boolean {
  return /^(?:[\w@%+=.,-]{0,255}\/){0,32}python[\d.]{0,8}$/.test(word ?? '');
}

/** That a script is "not found" which is there means that its interpreter is gone. */
function deadScript(script: string): LikelyCause {
  const [, venv] = VENV.exec(script) ?? [];
  return venv === undefined
    ? { spec: `shebang:${script}`, why: `${script} or its interpreter is gone` }
    : { spec: `venv-scripts:${venv}`, why: 'the interpreter of a console script is gone' };
}

const VENV = /^(.*(?:^|[/._-])v?env)\/bin\/[^/]+$/;

function isOfVenv(word: string): boolean {
  return VENV.test(word);
}

function wordIn(line: string, patterns: readonly RegExp[], isIt: (word: string) => boolean): string | undefined {
  return patterns.map((pattern) => pattern.exec(line)?.[1]).find((word) => word !== undefined && isIt(word));
}
