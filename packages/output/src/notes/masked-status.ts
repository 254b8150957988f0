import { cutMiddle } from '../lines/cut-middle.ts';
import { commandsIn, type ShellCommand } from './shell-words.ts';

/** What a script in `sh -c` does to the statuses of its commands, so that a success may hide a failure. */
export interface MaskedStatus {
  readonly kind: 'pipeline' | 'always-succeeds' | 'background' | 'sequence';
  /** The only command whose status counts, as it is written. */
  readonly command: string;
  /** The author most likely wanted to know about the other command, so there is a note even if the log shows no failure. */
  readonly isLikelyUnintended: boolean;
}

/** A longer script is not looked at. */
const LONGEST_SCRIPT = 16_384;
const SHOWN_BYTES = 60;
const SHELLS = /(?:^|\/)(?:sh|bash|dash|zsh|ksh|ash)$/;
/** They only shorten or show what another command prints. */
const FILTERS =
  /^(?:tail|head|tee|grep|egrep|fgrep|rg|cat|less|more|sed|awk|gawk|cut|tr|sort|uniq|wc|column|fold|fmt|nl|ts|jq|strings|cowsay|pv|logger|rev|tac)$/;
/** They only give input: their failure is seen by the command that reads it. */
const FEEDERS = /^(?:echo|printf|yes|cat|ls|find|seq|true|:|head|tail)$/;
/** They show what another command has written. */
const PRINTERS = /^(?:tail|head|cat|ls|wc)$/;
const TRIVIAL = /^(?:true|:|echo|printf|date|sleep|sync)$/;
const HARMLESS = /^(?:cd|export|set|mkdir|source|\.|umask|ulimit|shopt|trap|unset|alias|readonly|local|\w+=.*)$/s;
/** `out=$(./t.sh)`, ``local x=`make` ``: what is run within an assignment may fail. */
const RUNS_WITHIN = /^\w+=.*(?:\$\((?!\()|`)/s;

/**
 * Whether the exit code of a command leaves out failures within it. Only `sh -c` and its kind are looked at, wherever in the command they
 * stand (`env A=1 bash -c …`).
 * @returns undefined if it does not, or if the script is not understood
 */
export function maskedStatus(argv: readonly string[]): MaskedStatus | undefined {
  const asked = scriptIn(argv);
  if (asked === undefined || asked.script.length > LONGEST_SCRIPT) return undefined;
  return maskedIn(asked.script, asked);
}

interface ShellOptions {
  readonly pipefail: boolean;
  readonly errexit: boolean;
}

function maskedIn(script: string, options: ShellOptions): MaskedStatus | undefined {
  const commands = commandsIn(script);
  const last = commands?.at(-1);
  if (commands === undefined || last === undefined) return undefined;
  const { pipefail, errexit } = commands.reduce(withSet, options);
  if (last.operator === '&') return { ...named('background', last), isLikelyUnintended: true };
  const lists = listsOf(commands);
  const final = lists.at(-1) ?? [];
  if (commands.length === 1 && last.inside !== undefined) return maskedIn(last.inside, { pipefail, errexit });
  const before = final.at(-2)?.operator;
  if (before === '||' && succeedsAlways(last)) return { ...named('always-succeeds', last), isLikelyUnintended: true };
  // With errexit every list decides; without it, only the last one does.
  const deciding = errexit ? lists.toReversed() : [final];
  const end =
    pipefail || /pipestatus/i.test(script)
      ? undefined
      : deciding.map(endOfPipelineIn).find((command) => command !== undefined);
  if (end !== undefined) return { ...named('pipeline', end), isLikelyUnintended: isFilter(end) };
  const earlier = lists.slice(0, -1).filter((list) => !list.every(isHarmless));
  if (errexit || earlier.length === 0 || (last.words[0] === 'wait' && last.words.length > 1)) return undefined;
  const usesStatus = /\$\?|\$\{?\w*(?:rc|status|code|ret)\w*\}?/i.test(last.words.join(' '));
  if (final.length === 1 && succeedsAlways(last))
    // `echo "exit: $?"` prints the status of the command before it, and succeeds all the same.
    return { ...named('always-succeeds', last), isLikelyUnintended: !usesStatus };
  if (usesStatus) return undefined;
  return { ...named('sequence', last), isLikelyUnintended: PRINTERS.test(nameOf(last.words)) };
}

/** The script behind `-c`, and the options of the shell. */
function scriptIn(argv: readonly string[]): (ShellOptions & { readonly script: string }) | undefined {
  const shell = argv.findIndex((word) => SHELLS.test(word));
  if (shell < 0) return undefined;
  let isScript = false;
  let [pipefail, errexit] = [false, false];
  let at = shell + 1;
  for (; /^[-+]./.test(argv[at] ?? ''); at += 1) {
    const word = argv[at] ?? '';
    if (word.startsWith('--')) continue;
    if (word.startsWith('-') && word.includes('c')) isScript = true;
    if (word.includes('e')) errexit = word.startsWith('-');
    if (!/[oO]$/.test(word)) continue;
    at += 1;
    if (argv[at] === 'pipefail') pipefail = word.startsWith('-');
    if (argv[at] === 'errexit') errexit = word.startsWith('-');
  }
  const script = argv[at];
  return isScript && script !== undefined ? { script, pipefail, errexit } : undefined;
}

/** `set -eo pipefail`, `set +e`: the options after a command. */
function withSet(options: ShellOptions, { words }: ShellCommand): ShellOptions {
  if (words[0] !== 'set') return options;
  let { pipefail, errexit } = options;
  for (const [i, word] of words.entries()) {
    const isOn = word.startsWith('-');
    if (i === 0 || !/^[-+]/.test(word)) continue;
    if (/^[-+][a-z]*e/.test(word)) errexit = isOn;
    if (word.endsWith('o') && words[i + 1] === 'pipefail') pipefail = isOn;
    if (word.endsWith('o') && words[i + 1] === 'errexit') errexit = isOn;
  }
  return { pipefail, errexit };
}

/** What stands between `;`, `&` and newlines. */
function listsOf(commands: readonly ShellCommand[]): ShellCommand[][] {
  const lists: ShellCommand[][] = [[]];
  for (const command of commands) {
    lists.at(-1)?.push(command);
    if (/^[;&\n]$/.test(command.operator)) lists.push([]);
  }
  return lists.filter((list) => list.length > 0);
}

/** The end of the last pipeline of a list that hides the status of more than a feeder. */
function endOfPipelineIn(list: readonly ShellCommand[]): ShellCommand | undefined {
  let end: ShellCommand | undefined;
  let hides = false;
  for (const [i, command] of list.entries()) {
    const isBehindPipe = isPipe(list[i - 1]?.operator);
    if (isBehindPipe && hides && !isPipe(command.operator)) end = command;
    if (!isBehindPipe) hides = false;
    hides ||= !FEEDERS.test(nameOf(command.words));
  }
  return end;
}

/** `grep -q` is there to judge what it reads. */
function isFilter({ words }: ShellCommand): boolean {
  return FILTERS.test(nameOf(words)) && !words.some((word) => /^-\w*q|^--(?:quiet|silent)$/.test(word));
}

function isPipe(operator: string | undefined): boolean {
  return operator === '|' || operator === '|&';
}

function isHarmless({ words, inside }: ShellCommand): boolean {
  if (inside !== undefined) return false;
  const [within] = words.flatMap((word) => (RUNS_WITHIN.test(word) ? [substitutedIn(word)] : []));
  if (within !== undefined) return FEEDERS.test(within) || TRIVIAL.test(within) || LOOKS.test(within);
  return HARMLESS.test(words[0] ?? '') || TRIVIAL.test(nameOf(words));
}

/** They only look something up: `root=$(git rev-parse --show-toplevel)`. */
const LOOKS =
  /^(?:basename|date|dirname|env|getconf|git|hostname|id|jq|mktemp|node|nproc|printenv|pwd|readlink|realpath|uname|which|whoami|command)$/;

/** The name of the command in `x=$(name …)`. */
function substitutedIn(word: string): string {
  const script = /(?:\$\(|`)\s*([\s\S]*)/.exec(word)?.[1] ?? '';
  return nameOf(script.split(/[\s)`;|&]+/));
}

/** `true`, `echo done`, `exit 0`, and `wait` without a pid. */
function succeedsAlways({ words, inside }: ShellCommand): boolean {
  if (inside !== undefined) {
    const last = commandsIn(inside)?.at(-1);
    return last !== undefined && succeedsAlways(last);
  }
  const name = nameOf(words);
  if (name === 'exit' || name === 'return') return words[1] === '0';
  return name === 'wait' ? words.length === 1 : TRIVIAL.test(name);
}

function nameOf(words: readonly string[]): string {
  return (words.find((word) => !/^\w+=/.test(word)) ?? '').replace(/^.*\//, '');
}

function named(kind: MaskedStatus['kind'], { words, inside }: ShellCommand): Pick<MaskedStatus, 'kind' | 'command'> {
  return { kind, command: cutMiddle(inside === undefined ? words.join(' ') : `(${inside.trim()})`, SHOWN_BYTES) };
}
