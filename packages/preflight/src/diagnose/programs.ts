import { type CauseFamily, type Exit, type LikelyCause, WORD } from './cause.ts';

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
const WRONG_MACHINE = [
  new RegExp(`${BEGIN}${WORD}: cannot execute binary file(?:: Exec format error)?`),
  new RegExp(`(?:Exec format error|exec format error): ${WORD}`),
  new RegExp(`\\bexec ${WORD}: exec format error`, 'i'),
  new RegExp(`fork/exec ${WORD}: exec format error`),
  new RegExp(`spawn ${WORD} (?:ENOEXEC|Unknown system error -8)`),
];
const NOT_ON_PATH = [
  new RegExp(`${BEGIN}${WORD}: (?:command )?not found$`),
  new RegExp(`command not found: ${WORD}$`),
  new RegExp(`\\benv: ${WORD}: No such file or directory`),
];
/** A program that a job could not start. The job may end with any code. */
const NOT_SPAWNED = [
  new RegExp(`\\bspawn ${WORD} ENOENT`),
  new RegExp(`FileNotFoundError: \\[Errno 2\\] No such file or directory: ${WORD}$`),
  new RegExp(`exec: ${WORD}: executable file not found in \\$PATH`),
  new RegExp(`Failed to spawn: ${WORD}`),
  new RegExp(`make(?:\\[\\d+\\])?: ${WORD}: No such file or directory`),
  new RegExp(`\\blinker ${WORD} not found`),
  new RegExp(`unable to execute ${WORD}: No such file or directory`),
  new RegExp(`error: command ${WORD} failed: No such file or directory`),
  new RegExp(`Cannot run program ${WORD}`),
];
const NODE_MANAGERS = /^(?:npm|npx|pnpm|pnpx|yarn|bun|bunx)$/;

/** Programs and scripts that could not be started. */
export const programs: CauseFamily = (line, exit) => {
  const { exitCode } = exit;
  const machine = wordIn(line, WRONG_MACHINE, () => true);
  if (machine !== undefined) {
    return {
      ...(machine.includes('/') && { spec: `shebang:${machine}` }),
      why: `${machine} was built for another machine, or is not a program`,
    };
  }
  const script = wordIn(
    line,
    DEAD,
    (word) => word.includes('/') && (isOfVenv(word) || exitCode === 126 || exitCode === 127),
  );
  if (script !== undefined) return deadScript(script);
  const spawned = wordIn(line, NOT_SPAWNED, (word) => /^[\w@%+=.,-]+$/.test(word) && !/\.\w{2,4}$/.test(word));
  if (spawned !== undefined) return notOnPath(spawned, exit);
  if (exitCode === 127 || isOfMake(line, exit)) {
    const program = wordIn(line, NOT_ON_PATH, (word) => !word.includes('/'));
    return program === undefined ? undefined : notOnPath(program, exit);
  }
  const refused = exitCode === 126 ? wordIn(line, [NOT_EXECUTED], (word) => word.includes('/')) : undefined;
  return refused === undefined ? undefined : { spec: `shebang:${refused}`, why: `${refused} cannot be executed` };
};

/** make ends with 2 whatever the shell of a rule ended with. */
function isOfMake(line: string, { exitCode, command = [] }: Exit): boolean {
  return exitCode === 2 && /(?:^|\/)g?make$/.test(command[0] ?? '') && /^\S{0,64}sh: (?:line )?\d+: /.test(line);
}

function notOnPath(program: string, { command = [] }: Exit): LikelyCause {
  return NODE_MANAGERS.test(command[0] ?? '')
    ? { spec: 'node-modules', why: `node_modules lacks ${program}` }
    : { spec: `command:${program}`, why: `${program} is not on the PATH` };
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
