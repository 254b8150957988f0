import { descriptions, type OperationName, operations, stepNames } from '@pm/operations';
import { usageError } from '../call/cli-error.ts';
import { isVerb, isView, VERBS, type ViewName } from '../call/verbs.ts';
import { VIEW_TEXTS } from '../help/view-texts.ts';
import { flagsOf } from '../parse/flags.ts';
import type { Schema } from '../parse/schema.ts';
import { type Candidate, type Completion, completeVerb } from './candidates.ts';
import { SCRIPTS, type Shell } from './scripts.ts';

const SHELLS = Object.keys(SCRIPTS) as Shell[];

/** Verbs that can name a step which has never run. */
const STARTING: ReadonlySet<OperationName> = new Set(['start', 'run', 'ensure', 'preflight', 'breaker']);

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
  const [verb, ...before] = words.slice(0, -1);
  if (verb === undefined) return verbs();
  if (verb === 'help') return before.length === 0 ? verbs() : [];
  if (verb === 'completion') return before.length === 0 ? SHELLS.map((value) => ({ value })) : [];
  if (isView(verb)) return optionsOfView(verb, before);
  if (!isVerb(verb)) return [];
  const { input }: { input: Schema } = await operations[verb]();
  const steps = async (dir: string | undefined): Promise<readonly string[]> => {
    const { known, configured } = await (await stepNames())(dir, place);
    return STARTING.has(verb) ? [...new Set([...configured, ...known])] : known;
  };
  const table = { form: VERBS[verb], flags: flagsOf(input), describe: await descriptions(), steps };
  return completeVerb(table, before, words.at(-1) ?? '');
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
