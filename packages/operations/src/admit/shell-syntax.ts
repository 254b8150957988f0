import { basename } from 'node:path';
import { quote } from '@pm/protocol/text';
import { withoutRunners } from '../project/derive-step.ts';

/** A command that only a shell understands, and the command that does what was meant. */
export interface ShellSyntax {
  /** What is wrong, as a sentence without its end. */
  readonly message: string;
  /** Runs as it is. */
  readonly instead: readonly string[];
}

const CONTROL = /^(?:&&|\|\||\|&|[|;&])$/;
/** `ls;`, as a line splits at its spaces. */
const ENDS_COMMAND = /^[\w./=-]+;$/;
const REDIRECTION = /^(?:(?:\d*|&)(?:>>?|<)|\d*>\||<<<|<<-?)$/;
/** `2>&1`, `&>log`, `>out.txt`, `2>/dev/null`, `</dev/null`, `<<EOF`. Not `<div>`, `>=20` or `<3`. */
const JOINED_REDIRECTION =
  /^(?:\d*[<>]&(?:\d+-?|-)|&>>?[^\s>]+|\d*>>?[^\s<>=\d&|][^\s<>]*|<(?:<-?|<<)?[^\s<>=\d][^\s<>]*)$/;

/** Programs to which these words mean something: their expressions, patterns and separators, or lines for another shell. */
const OWN_GRAMMAR = new Set(
  `expr test [ find fd fdfind grep egrep fgrep zgrep rg ag ack awk gawk mawk nawk sed tr cut sort paste column join comm jq yq
  xargs parallel watch ssh mosh su tmux screen tcpdump tshark gdb bc dc tclsh`.split(/\s+/),
);

/** Parts of a shell. Some systems have a program of such a name, which changes only itself. */
const BUILTINS = new Set(
  `cd export source . alias unalias unset set umask ulimit shopt pushd popd dirs declare typeset local readonly eval exec trap fg
  bg jobs wait read return exit shift history disown builtin let hash complete`.split(/\s+/),
);
const KEYWORDS = new Set('if for while until case function select time { ( ! [[ (('.split(' '));
/** What plain sh does not have. */
const BASH_ONLY =
  /^(?:source|shopt|pushd|popd|dirs|declare|typeset|let|function|select|time|disown|builtin|history|complete|\[\[|\(\()$/;
const ASSIGNMENT = /^[A-Za-z_]\w*\+?=/;

/**
 * Finds shell syntax among the words of a command that runs without a shell. Only what stands where a shell would act on it counts:
 * `npm test && npm run build` as six words, but not `grep '&&' file` or `find . -exec ls {} ';'`.
 * @param isCommand whether a word could be run: a name on the PATH, or a path of a program
 */
export function shellSyntaxIn(argv: readonly string[], isCommand: (word: string) => boolean): ShellSyntax | undefined {
  const [program = ''] = argv;
  if (BUILTINS.has(program)) return builtin(argv);
  if (OWN_GRAMMAR.has(basename(withoutRunners(argv)[0] ?? ''))) return undefined;
  const at = argv.findIndex((word, n) => n > 0 && isSyntax(word, n, argv, isCommand));
  if (at < 0) return undefined;
  const word = argv[at] ?? '';
  if (word === '&' && at === argv.length - 1) {
    const message = 'a lone & starts nothing in the background here: the command would get it as an argument';
    return { message, instead: argv.slice(0, -1) };
  }
  return {
    message: `${word} would be an argument of ${program}: no shell reads this command`,
    instead: shellCall(argv),
  };
}

function isSyntax(word: string, n: number, argv: readonly string[], isCommand: (word: string) => boolean): boolean {
  const following = argv[n + 1];
  if (JOINED_REDIRECTION.test(word)) return true;
  if (REDIRECTION.test(word)) return following !== undefined && !following.startsWith('-');
  if (!CONTROL.test(word) && !ENDS_COMMAND.test(word)) return false;
  const isOptionValue = argv[n - 1]?.startsWith('-') === true;
  // The program after `&&` may not be there yet: `npm run build && ./dist/run`, `npm ci && vite build`.
  if (/^(?:&&|\|\|)$/.test(word) && !isOptionValue && /^(?:\.{0,2}\/)?\w/.test(following ?? '')) return true;
  if (following !== undefined) return isCommandWord(following, isCommand);
  // At the end: `npm run dev &`, but not `--separator ;`.
  return (
    (word === '&' || word === ';') && !isOptionValue && !argv.some((one) => /^-(?:exec|execdir|ok|okdir)$/.test(one))
  );
}

function isCommandWord(word: string, isCommand: (word: string) => boolean): boolean {
  return BUILTINS.has(word) || KEYWORDS.has(word) || ASSIGNMENT.test(word) || isCommand(word);
}

function builtin(argv: readonly string[]): ShellSyntax {
  const [program = '', place] = argv;
  const more =
    program === 'cd' && place !== undefined ? `; to run a command in ${quote(place)}, use --cwd ${quote(place)}` : '';
  return { message: `${program} is a part of the shell, not a program${more}`, instead: shellCall(argv) };
}

/**
 * What a command means whose program was not found, if a shell would understand it: `FOO=1 cmd`, `'a && b'` as one word, `~/x`, `[[ …`.
 * @param home the caller's home directory
 */
export function shellMeaning(argv: readonly string[], home: string | undefined): ShellSyntax | undefined {
  const [program = '', ...rest] = argv;
  if (BUILTINS.has(program)) return builtin(argv);
  if (ASSIGNMENT.test(program)) return assignment(argv);
  if (/\s/.test(program.trim()))
    return {
      message: `there is no program of the name ${quote(program)}; it looks like a whole command line`,
      instead: shellCall(argv),
    };
  if (program.startsWith('~/') && home !== undefined)
    return {
      message: `${program}: only a shell replaces ~ by the home directory`,
      instead: [home + program.slice(1), ...rest],
    };
  if (KEYWORDS.has(program) || /^[({!]/.test(program))
    return { message: `${program} is syntax of the shell, not a program`, instead: shellCall(argv) };
  if (/[$`*?;|&<>]/.test(program))
    return { message: `${program}: only a shell expands this name`, instead: shellCall(argv) };
  return undefined;
}

function assignment(argv: readonly string[]): ShellSyntax {
  const name = argv[0]?.split('=')[0];
  const message = `${name}=… before a command sets a variable only in a shell`;
  const isPlain = argv.some((word) => !ASSIGNMENT.test(word)) && !argv.some((word) => /[$`]/.test(word));
  return { message, instead: isPlain ? ['env', ...argv] : shellCall(argv) };
}

/** `sh -c` with these words as one line, or `bash -c` for what sh does not have. */
export function shellCall(argv: readonly string[]): readonly string[] {
  const line = commandLine(argv);
  const needsBash = argv.some((word) => BASH_ONLY.test(word) || /^(?:&>|<<<|\|&$)/.test(word));
  return [needsBash ? 'bash' : 'sh', '-c', line];
}

/** The words as a line for a shell: its own syntax as it is, everything else quoted where it needs that. A first word with spaces is a line already. */
export function commandLine(argv: readonly string[]): string {
  const firstOther = argv.findIndex((word) => !ASSIGNMENT.test(word));
  return argv.map((word, n) => (n < firstOther ? quotedAssignment(word) : quotedWord(word, n))).join(' ');
}

function quotedWord(word: string, n: number): string {
  return (n === 0 && /\s/.test(word)) || isRaw(word) ? word : quote(word);
}

/** `'A=x y' cmd` would be no assignment: only the value is quoted. */
function quotedAssignment(word: string): string {
  const start = word.indexOf('=') + 1;
  return word.slice(0, start) + (isRaw(word) ? word.slice(start) : quote(word.slice(start)));
}

function isRaw(word: string): boolean {
  return (
    CONTROL.test(word) ||
    ENDS_COMMAND.test(word) ||
    REDIRECTION.test(word) ||
    JOINED_REDIRECTION.test(word) ||
    (/^[\w@%+=:,./~$*?{}!()[\]-]+$/.test(word) && !hasOwnBrackets(word))
  );
}

/** `print(1)` is an argument. `(cd`, `x)` and `$(date)` belong to the shell. */
function hasOwnBrackets(word: string): boolean {
  return word.replaceAll('$(', '').replace(/^\(+/, '').includes('(');
}
