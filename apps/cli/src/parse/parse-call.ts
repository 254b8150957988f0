import { usageError } from '../call/cli-error.ts';
import type { VerbCall } from '../call/verb-call.ts';
import { positionalsOf, type VerbForm } from '../call/verbs.ts';
import { quote } from '../text/shell-words.ts';
import { didYouMean } from './did-you-mean.ts';
import type { Flag } from './flags.ts';
import { missingDashes } from './missing-dashes.ts';
import { type Token, tokensOf } from './tokens.ts';

/** What the command line says besides the operation's input. */
export interface ParsedCall extends VerbCall {
  readonly json: boolean;
}

interface ParseRequest {
  readonly verb: VerbCall['verb'];
  readonly form: VerbForm;
  readonly flags: readonly Flag[];
  readonly argv: readonly string[];
  readonly invocation: string;
}

/** Turns words into an operation's input. What the values mean is the operation's to judge. */
export function parseCall(question: ParseRequest): ParsedCall {
  const { verb, form, flags, invocation } = question;
  const { own, command } = splitAtDashes(question);
  const words = tokensOf(own, flags, form);
  if (form.afterDashes !== undefined && command === undefined && !isOfAStep(words, flags))
    throw missingDashes(verb, own, words, invocation);

  const input: Record<string, unknown> = command === undefined ? {} : { [form.afterDashes ?? '']: command };
  const positionals: (Token & { kind: 'positional' })[] = [];
  let json = false;
  for (const word of words) {
    if (word.kind === 'option-terminator') continue;
    if (word.kind === 'positional') positionals.push(word);
    else if (word.name === 'json') json = true;
    else assign(input, word, question);
  }
  Object.assign(input, positionalValues(positionals, question));
  return { verb, input, json };
}

/** Words that are ours, and the command behind the first `--`, which never is. */
function splitAtDashes({ form, argv }: ParseRequest): { own: string[]; command?: string[] } {
  const dashes = argv.indexOf('--');
  if (form.afterDashes === undefined || dashes < 0) return { own: [...argv] };
  return { own: argv.slice(0, dashes), command: argv.slice(dashes + 1) };
}

/** `pm start train --timeout 2h`: a name and options of ours, so its command may be in pm.config.json. More is a command without its dashes. */
function isOfAStep(words: readonly Token[], flags: readonly Flag[]): boolean {
  const known = ['json', ...flags.flatMap(({ name }) => [name, `no-${name}`])];
  // A typo is told as one; a letter or two (`-q`) are more likely another program's.
  const isMeant = (name: string): boolean =>
    known.includes(name) || (name.length > 2 && didYouMean(name, known) !== undefined);
  const isOurs = (word: Token): boolean => word.kind !== 'option' || isMeant(word.name);
  return words.filter(({ kind }) => kind === 'positional').length === 1 && words.every(isOurs);
}

function assign(input: Record<string, unknown>, word: Token & { kind: 'option' }, question: ParseRequest): void {
  const { verb, flags, form, invocation } = question;
  const options = flags.filter((flag) => !positionalsOf(form).includes(flag.field) && flag.field !== form.afterDashes);
  const refused = options.find((flag) => flag.kind === 'switch' && word.name === `no-${flag.name}`);
  const flag = refused ?? options.find(({ name }) => name === word.name);
  if (flag === undefined) throw unknownFlag(word, options, question);
  if (flag.kind === 'switch') {
    if (word.value !== undefined) {
      throw usageError(`pm ${verb}: ${word.rawName} takes no value`, correctedCall(question, word.index, word.rawName));
    }
    input[flag.field] = refused === undefined;
    return;
  }
  if (word.value === undefined) {
    throw usageError(`pm ${verb}: ${word.rawName} needs a value`, `${invocation} ${verb} --help`);
  }
  // `--dir --json` is a forgotten value far more often than one that begins with a dash.
  if (!word.inlineValue && word.value.startsWith('-')) {
    const isNegative = flag.kind === 'number' && /^-\d/.test(word.value);
    const joined = isNegative ? `--${flag.name}=${word.value.slice(1)}` : `--${flag.name}=${word.value}`;
    const problem = isNegative ? 'takes no negative number' : 'needs a value';
    throw usageError(`pm ${verb}: ${word.rawName} ${problem}`, correctedCall(question, word.index, joined, 2));
  }
  if (flag.kind === 'texts') input[flag.field] = [...((input[flag.field] as string[]) ?? []), word.value];
  else input[flag.field] = flag.kind === 'number' ? numberOf(word.value) : word.value;
}

/** Number('') is 0, which nobody meant. */
function numberOf(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
}

function unknownFlag(word: Token & { kind: 'option' }, options: readonly Flag[], question: ParseRequest): Error {
  const { verb, invocation } = question;
  const problem = `pm ${verb} has no option ${word.rawName}`;
  const help = `${invocation} ${verb} --help`;
  if (!word.rawName.startsWith('--')) return usageError(`${problem}, and no name begins with a dash`, help);
  const meant = didYouMean(word.name.replace(/^no-/, ''), [...options.map(({ name }) => name), 'json', 'help']);
  if (meant === undefined) return usageError(problem, help);
  const corrected = word.inlineValue ? `--${meant}=${word.value}` : `--${meant}`;
  return usageError(`${problem}; did you mean --${meant}?`, correctedCall(question, word.index, corrected));
}

/** The words without a flag, each to its field; a list takes all that are left. */
function positionalValues(words: readonly (Token & { kind: 'positional' })[], question: ParseRequest): object {
  const { verb, form, flags } = question;
  const bare = positionalsOf(form).flatMap((name) => flags.filter(({ field }) => field === name));
  const list = bare.find(({ kind }) => kind === 'texts');
  if (list !== undefined) return words.length === 0 ? {} : { [list.field]: words.map(({ value }) => value) };
  const surplus = words[bare.length];
  if (surplus === undefined) return Object.fromEntries(words.map(({ value }, n) => [bare[n]?.field, value]));
  const names = bare.length === 0 ? 'nothing' : `one ${bare.map(({ name }) => name).join(' and one ')}`;
  const takes = `${names}${form.afterDashes === undefined ? '' : ' before --'}`;
  throw usageError(
    `pm ${verb} takes ${takes}; ${quote(surplus.value)} is too much`,
    correctedCall(question, surplus.index),
  );
}

/** The same call with some of its words replaced: one can see the mistake, and copy the correction. */
function correctedCall(
  { argv, invocation, verb }: ParseRequest,
  index: number,
  replacement?: string,
  count = 1,
): string {
  const words = argv.toSpliced(index, count, ...(replacement === undefined ? [] : [replacement]));
  return [invocation, verb, ...words.map(quote)].join(' ');
}
