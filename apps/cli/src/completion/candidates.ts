import { positionalsOf, VERBS, type VerbForm } from '../call/verbs.ts';
import { type Describe, descriptionOf } from '../help/verb-text.ts';
import type { Flag } from '../parse/flags.ts';
import { type Token, tokensOf } from '../parse/tokens.ts';

/** A word that may follow, and what it means. */
export interface Candidate {
  readonly value: string;
  readonly about?: string;
}

/** What may stand at the cursor: one of these words, or the path of a file. */
export type Completion = readonly Candidate[] | 'files';

/** What stands where a name may be: the field, and the words before it that belong to no option. */
export interface NamePlace {
  readonly field: string;
  readonly named: readonly string[];
  /** The value of `--dir`, if the call has one. */
  readonly dir: string | undefined;
}

/** What is known of a verb, and where names come from. */
export interface VerbTable {
  readonly form: VerbForm;
  readonly flags: readonly Flag[];
  readonly describe: Describe;
  /** The steps or queues that may stand there; undefined if it takes no such name. */
  readonly names: (place: NamePlace) => Promise<readonly string[] | undefined>;
}

/** Every call can be made on another host. */
export const HOST: Candidate = { value: '--host', about: 'Make the call on another host, over SSH.' };

/** Options whose value is a path. */
const PATHS: ReadonlySet<string> = new Set(['dir', 'cwd']);
/** The whole words that a free value of an option may be, by its field. */
const WORDS: Readonly<Record<string, readonly string[]>> = { notify: ['codex', 'desktop', 'none'] };

/**
 * What may follow in the call of a verb.
 * @param before the words between the verb and the cursor
 * @param partial the word at the cursor, as far as it was typed
 */
export async function completeVerb(table: VerbTable, before: readonly string[], partial: string): Promise<Completion> {
  const { flags, form } = table;
  const options = flags.filter(({ field }) => !positionalsOf(form).includes(field) && field !== form.afterDashes);
  const value = valueAtCursor(options, form, before, partial);
  const given = tokensOf(rejoined(before), flags, form);
  if (value !== undefined) return valuesOf(table, value.flag, value.prefix, given);
  const names = given.flatMap((token) => (token.kind === 'option' ? [token.name] : []));
  if (partial.startsWith('-')) return optionsOf(table, options, names);
  const words = await positionalValues(table, given);
  return words.length > 0 ? words : optionsOf(table, options, names);
}

/**
 * The option whose value is at the cursor. Bash splits `--liveness=out` at its `=`, so the `=` may be a word of its own.
 * `prefix` is what belongs to the same word as the value.
 */
function valueAtCursor(
  options: readonly Flag[],
  form: VerbForm,
  before: readonly string[],
  partial: string,
): { readonly flag: Flag; readonly prefix: string } | undefined {
  const named = (word: string | undefined): Flag | undefined =>
    options.find(
      ({ field, name, kind }) => kind !== 'switch' && (word === `--${name}` || word === `-${form.short?.[field]}`),
    );
  const [name, ...rest] = partial.split('=');
  const inline = rest.length > 0 ? named(name) : undefined;
  if (inline !== undefined) return { flag: inline, prefix: `${name}=` };
  const flag = named(before.at(before.at(-1) === '=' ? -2 : -1));
  return flag === undefined ? undefined : { flag, prefix: '' };
}

/** The words as they were typed: bash makes three of `--liveness=output`. */
function rejoined(words: readonly string[]): string[] {
  const joined: string[] = [];
  for (const [n, word] of words.entries()) {
    const belongs = joined.length > 0 && (word === '=' || words[n - 1] === '=');
    if (belongs) joined.push(`${joined.pop()}${word}`);
    else joined.push(word);
  }
  return joined;
}

async function valuesOf(
  { names }: VerbTable,
  { field, choices }: Flag,
  prefix: string,
  given: readonly Token[],
): Promise<Completion> {
  if (PATHS.has(field)) return 'files';
  const queues = field === 'queue' ? await names({ field, named: [], dir: dirIn(given) }) : undefined;
  return (queues ?? WORDS[field] ?? choices).map((word) => ({ value: `${prefix}${word}` }));
}

/** The options that the call does not have yet. A list may be given again. */
function optionsOf({ form, describe }: VerbTable, options: readonly Flag[], given: readonly string[]): Candidate[] {
  const free = options.filter(({ name, kind }) => kind === 'texts' || !given.includes(name));
  return [
    ...free.map(({ name, schema }) => ({ value: `--${name}`, about: descriptionOf(schema, describe) })),
    ...(form === VERBS.init ? [] : [HOST]), // it has an option of this name
    { value: '--json', about: 'Print the answer as one line of JSON.' },
    { value: '--help', about: 'Show how the verb is used.' },
    ...(form.afterDashes === undefined ? [] : [{ value: '--', about: 'The command follows.' }]),
  ];
}

/** The values of the next positional argument. A list takes all words that are left. */
async function positionalValues({ flags, form, names }: VerbTable, given: readonly Token[]): Promise<Candidate[]> {
  const fields = positionalsOf(form).flatMap((name) => flags.filter(({ field }) => field === name));
  const named = given.flatMap((token) => (token.kind === 'positional' ? [token.value] : []));
  const flag = fields[named.length] ?? fields.find(({ kind }) => kind === 'texts');
  if (flag === undefined) return [];
  const values = (await names({ field: flag.field, named, dir: dirIn(given) })) ?? flag.choices;
  return values.filter((value) => flag.kind !== 'texts' || !named.includes(value)).map((value) => ({ value }));
}

function dirIn(given: readonly Token[]): string | undefined {
  const dir = given.findLast((token) => token.kind === 'option' && token.name === 'dir');
  return dir?.kind === 'option' ? dir.value : undefined;
}
