import { descriptions, type KnownNames, type OperationName, operations, stepNames } from '@pm/operations';
import { usageError } from '../call/cli-error.ts';
import { isVerb, isView, VERBS, type ViewName } from '../call/verbs.ts';
import { VIEW_TEXTS } from '../help/view-texts.ts';
import { flagsOf } from '../parse/flags.ts';
import type { Schema } from '../parse/schema.ts';
import { type Candidate, type Completion, completeVerb, HOST, type NamePlace } from './candidates.ts';
import { SCRIPTS, type Shell } from './scripts.ts';

const SHELLS = Object.keys(SCRIPTS) as Shell[];

/** Verbs that can name a step which has never run. */
const STARTING: ReadonlySet<OperationName> = new Set(['start', 'run', 'ensure', 'preflight', 'breaker']);

/** Fields that name steps, and those that name queues. */
const STEPS: ReadonlySet<string> = new Set(['step', 'steps', 'name']);
const QUEUES: ReadonlySet<string> = new Set(['queue']);
const QUEUE_ACTIONS: readonly string[] = ['show', 'set', 'move', 'pause', 'resume', 'clear'];

/** First words that are no verbs. */
const OTHERS = {
  help: 'Show how a verb is used.',
  completion: 'Print the completions for bash, zsh or fish.',
} as const;

/** The text of `pm completion --help`. */
export const completionHelp = `pm completion: Print the completions for your shell.

usage: pm completion bash|zsh|fish

It completes verbs, options, their values and the names of your steps. After --
it completes the command as your shell does.

examples:
  eval "$(pm completion bash)"
      in ~/.bashrc
  source <(pm completion zsh)
      in ~/.zshrc, after compinit
  pm completion fish | source
      in ~/.config/fish/config.fish
  pm completion -- logs tr
      what the shells call: the words that fit the last one, one per line
`;

/** Where pm was called. */
interface Place {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * What `pm completion` prints: the script of a shell; or after `--` what may follow these words, the last of which is at the cursor.
 * Each line is a word, and after a tab what it means. The only line `:files` stands for paths.
 * @throws a CliError of code `usage` for another shell
 */
export async function completionText(args: readonly string[], place: Place, invocation: string): Promise<string> {
  const [shell, ...words] = args;
  if (shell === '--') {
    const partial = words.at(-1) ?? '';
    return linesOf(await complete(words, place), partial === '=' ? '' : partial);
  }
  if (SHELLS.includes(shell as Shell) && words.length === 0) return SCRIPTS[shell as Shell];
  throw usageError(`pm completion takes one of ${SHELLS.join(', ')}`, `${invocation} completion bash`);
}

async function complete(words: readonly string[], place: Place): Promise<Completion> {
  const { rest, isElsewhere, isInHost } = withoutHost(words.slice(0, -1), words.at(-1) ?? '');
  if (isInHost) return [];
  const [verb, ...before] = rest;
  if (verb === undefined) return words.at(-1)?.startsWith('-') === true && !isElsewhere ? [HOST] : verbs();
  if (verb === 'help') return before.length === 0 ? verbs() : [];
  if (verb === 'completion') return before.length === 0 ? SHELLS.map((value) => ({ value })) : [];
  if (isView(verb)) return optionsOfView(verb, before);
  if (!isVerb(verb)) return [];
  const { input }: { input: Schema } = await operations[verb]();
  const names = async (at: NamePlace): Promise<readonly string[] | undefined> => {
    if (!STEPS.has(at.field) && !QUEUES.has(at.field) && !(verb === 'queue' && at.field === 'action')) return undefined;
    if (isElsewhere) return []; // the names are those of the other host
    return namesFor(verb, at, await (await stepNames())(at.dir, place));
  };
  const table = { form: VERBS[verb], flags: flagsOf(input), describe: await descriptions(), names };
  const partial = words.at(-1) ?? '';
  const found = await completeVerb(table, before, partial);
  return isElsewhere && found !== 'files' ? found.filter(({ value }) => value !== HOST.value) : found;
}

function namesFor(verb: OperationName, { field, named }: NamePlace, names: KnownNames): readonly string[] {
  const { known, configured, waiting, queues, engines } = names;
  if (QUEUES.has(field)) return verb === 'worker' ? engines : queues;
  if (verb !== 'queue') return STARTING.has(verb) ? [...new Set([...configured, ...known])] : known;
  if (field === 'action') return [...QUEUE_ACTIONS, ...queues];
  if (named[0] === 'move') return waiting;
  return QUEUE_ACTIONS.includes(named[0] ?? '') ? queues : [];
}

/**
 * Takes `--host` and its value out. Bash splits `user@gpu:/srv` at its `@` and `:`, and `--host=gpu` at its `=`.
 * @returns `isInHost` if the cursor is in the value
 */
function withoutHost(
  before: readonly string[],
  partial: string,
): { readonly rest: readonly string[]; readonly isElsewhere: boolean; readonly isInHost: boolean } {
  const at = before[0] === 'init' ? -1 : before.findIndex((word) => /^--host(?:=|$)/.test(word));
  if (at < 0) return { rest: before, isElsewhere: false, isInHost: partial.startsWith('--host=') };
  const isJoint = (word: string | undefined): boolean => word === '@' || word === ':' || word === '=';
  let end = at + 1;
  const needsValue = before[at] === '--host';
  if (needsValue) end += before[end] === '=' ? 2 : 1;
  while (isJoint(before[end])) end += 2;
  if (end > before.length || isJoint(partial)) return { rest: [], isElsewhere: true, isInHost: true };
  return { rest: [...before.slice(0, at), ...before.slice(end)], isElsewhere: true, isInHost: false };
}

/** A value of `--dir` is a path. */
function optionsOfView(name: ViewName, before: readonly string[]): Completion {
  if (before.at(-1) === '--dir' || (before.at(-1) === '=' && before.at(-2) === '--dir')) return 'files';
  const options = VIEW_TEXTS[name].options.map(([option, about]) => ({ value: option.split(' ')[0] ?? '', about }));
  return [
    ...options.filter(({ value }) => !before.includes(value)),
    { value: '--help', about: 'Show how the verb is used.' },
  ];
}

async function verbs(): Promise<Candidate[]> {
  const names = Object.keys(VERBS) as OperationName[];
  const rows = await Promise.all(names.map(async (name) => [name, (await operations[name]()).summary] as const));
  const views = Object.entries(VIEW_TEXTS).map(([name, { summary }]) => [name, summary] as const);
  return [...rows, ...views, ...Object.entries(OTHERS)].map(([value, about]) => ({ value, about }));
}

function linesOf(completion: Completion, partial: string): string {
  if (completion === 'files') return ':files\n';
  return completion
    .filter(({ value }) => value.startsWith(partial))
    .map(({ value, about }) => (about === undefined ? `${value}\n` : `${value}\t${about}\n`))
    .join('');
}
