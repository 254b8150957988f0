import { usageError } from '../call/cli-error.ts';
import type { VerbCall } from '../call/verb-call.ts';
import { positionalsOf, type VerbForm } from '../call/verbs.ts';
import { quote } from '../text/shell-words.ts';
import { didYouMean } from './did-you-mean.ts';
import type { Flag } from './flags.ts';
import { meantValue, needsDryRun, takes } from './meant-value.ts';
import { type IsProgram, isCommandBeforeDashes, missingDashes } from './missing-dashes.ts';
import { type Token, tokensOf } from './tokens.ts';

/** A call, and the options that are not part of the operation's input. */
export interface ParsedCall extends VerbCall {
  readonly json: boolean;
}

interface ParseRequest {
  readonly verb: VerbCall['verb'];
  readonly form: VerbForm;
  readonly flags: readonly Flag[];
  readonly argv: readonly string[];
  readonly invocation: string;
  readonly isProgram: IsProgram;
}

/**
 * Turns the words of a call into an operation's input. The values are not checked here: the operation's schema does that.
 * @throws a CliError of code `usage`, with a corrected call where one can be guessed
 */
export function parseCall(request: ParseRequest): ParsedCall {
  const { verb, form, flags, invocation, isProgram } = request;
  const { own, command } = splitAtDashes(request);
  const words = tokensOf(own, flags, form);
  if (form.afterDashes !== undefined && form.isCommandRare !== true) {
    // `pm start train npm test -- --watch`: the dashes belong to the command.
    if (command === undefined ? !isOfAStep(words, flags, isProgram) : isCommandBeforeDashes(words, isProgram))
      throw missingDashes(verb, request.argv, words, invocation, isProgram);
  }

  const input: Record<string, unknown> = command === undefined ? {} : { [form.afterDashes ?? '']: command };
  const positionals: (Token & { kind: 'positional' })[] = [];
  let json = false;
  for (const word of words) {
    if (word.kind === 'option-terminator') continue;
    if (word.kind === 'positional') positionals.push(word);
    else if (word.name === 'json') json = true;
    else assign(input, word, request);
  }
  const named = positionalsOf(form).filter((field) => input[field] !== undefined);
  Object.assign(input, positionalValues(positionals, named, request));
  return { verb, input, json };
}

/** Splits pm's own words from the command, which is everything after the first `--`. */
function splitAtDashes({ form, argv }: ParseRequest): { own: string[]; command?: string[] } {
  const dashes = argv.indexOf('--');
  if (form.afterDashes === undefined || dashes < 0) return { own: [...argv] };
  return { own: argv.slice(0, dashes), command: argv.slice(dashes + 1) };
}

/** `pm start train --timeout 2h`: one name and known options, so the command may be in pm.config.json. Anything else is a command without `--`. */
function isOfAStep(words: readonly Token[], flags: readonly Flag[], isProgram: IsProgram): boolean {
  const known = ['json', ...flags.flatMap(({ name }) => [name, `no-${name}`])];
  // A long name close to a known one is a typo of it. A name of one or two letters (`-q`) more likely belongs to the command.
  const isKnown = (name: string): boolean =>
    known.includes(name) || (name.length > 2 && didYouMean(name, known) !== undefined);
  const isOurs = (word: Token): boolean => word.kind !== 'option' || isKnown(word.name);
  const [step, ...others] = words.filter((word) => word.kind === 'positional');
  // `pm start ./run.sh`: a path is no name.
  const isPath = step?.value.includes('/') === true && isProgram(step.value);
  return step !== undefined && others.length === 0 && !isPath && words.every(isOurs);
}

function assign(input: Record<string, unknown>, word: Token & { kind: 'option' }, request: ParseRequest): void {
  const { verb, flags, form, invocation } = request;
  const bare = form.isOptionToo === true ? [] : positionalsOf(form);
  const options = flags.filter((flag) => !bare.includes(flag.field) && flag.field !== form.afterDashes);
  const refused = options.find((flag) => flag.kind === 'switch' && word.name === `no-${flag.name}`);
  const flag = refused ?? options.find(({ name }) => name === word.name);
  if (flag === undefined) throw unknownFlag(word, options, request);
  if (flag.kind === 'switch') {
    if (word.value !== undefined && flag.choices.includes(word.value) && refused === undefined) {
      input[flag.field] = word.value;
      return;
    }
    if (word.value !== undefined) {
      throw usageError(`pm ${verb}: ${word.rawName} takes no value`, correctedCall(request, word.index, word.rawName));
    }
    input[flag.field] = refused === undefined;
    return;
  }
  if (word.value === undefined) {
    throw usageError(`pm ${verb}: ${word.rawName} needs a value`, `${invocation} ${verb} --help`);
  }
  // In `--dir --json` the value was most likely forgotten, so a separate value must not begin with a dash.
  if (!word.inlineValue && word.value.startsWith('-')) throw dashedValue(flag, word, word.value, request);
  if (flag.kind === 'texts') input[flag.field] = [...((input[flag.field] as string[]) ?? []), word.value];
  else input[flag.field] = flag.kind === 'number' ? numberOf(word.value) : word.value;
}

/** The error for `--tail -5`, `--timeout -5s`, `--grep -x` and `--dir --json`. Its call is one that works. */
function dashedValue(flag: Flag, word: Token & { kind: 'option' }, value: string, request: ParseRequest): Error {
  const { verb, invocation, flags } = request;
  const known = ['json', 'help', ...flags.flatMap(({ name }) => [name, `no-${name}`])];
  const isForgotten = known.includes(value.replace(/^--/, '').replace(/=.*/s, ''));
  const isNegative = /^-[.\d]/.test(value);
  const guesses = isForgotten
    ? []
    : [isNegative && flag.kind === 'number' ? '' : value, value.slice(1), meantValue(flag, value) ?? ''];
  const joined = guesses.find((guess) => guess !== '' && takes(flag, guess));
  const problem = isNegative ? `takes no negative ${flag.kind === 'number' ? 'number' : 'value'}` : 'needs a value';
  const next =
    joined === undefined
      ? `${invocation} ${verb} --help`
      : `${correctedCall(request, word.index, `--${flag.name}=${joined}`, 2)}${needsDryRun(verb) ? ' --dry-run' : ''}`;
  return usageError(`pm ${verb}: ${word.rawName} ${problem}`, next);
}

/** Number('') is 0, which nobody means. */
function numberOf(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
}

function unknownFlag(word: Token & { kind: 'option' }, options: readonly Flag[], request: ParseRequest): Error {
  const { verb, form, invocation } = request;
  const problem = `pm ${verb} has no option ${word.rawName}`;
  const help = `${invocation} ${verb} --help`;
  const inPlace = form.afterDashes === undefined ? undefined : wordOfOthers(word.name, verb);
  if (inPlace !== undefined)
    return usageError(`${problem}; ${inPlace}`, correctedCall(request, word.index, word.value));
  if (!word.rawName.startsWith('--')) return usageError(`${problem}; a name cannot begin with a dash`, help);
  const meant = didYouMean(word.name.replace(/^no-/, ''), [...options.map(({ name }) => name), 'json', 'help']);
  if (meant === undefined) return usageError(problem, help);
  const corrected = word.inlineValue ? `--${meant}=${word.value}` : `--${meant}`;
  return usageError(`${problem}; did you mean --${meant}?`, correctedCall(request, word.index, corrected));
}

/** What is said of options that other programs have for what needs none here. */
function wordOfOthers(name: string, verb: VerbCall['verb']): string | undefined {
  if (/^(?:n|name|step|job|label)$/.test(name)) return 'the name stands alone, before --';
  if (verb === 'start' && /^(?:d|b|background|bg|detach|detached|daemon)$/.test(name))
    return 'a start is always in the background';
  return undefined;
}

/**
 * Assigns the positional words to their fields in order. A list field takes all remaining words.
 * @param named fields that were written as options already
 */
function positionalValues(
  words: readonly (Token & { kind: 'positional' })[],
  named: readonly string[],
  request: ParseRequest,
): object {
  const { verb, form, flags } = request;
  const fields = positionalsOf(form).filter((name) => !named.includes(name));
  const bare = fields.flatMap((name) => flags.filter(({ field }) => field === name));
  const list = bare.find(({ kind }) => kind === 'texts');
  if (list !== undefined) return words.length === 0 ? {} : { [list.field]: words.map(({ value }) => value) };
  const surplus = words[bare.length];
  if (surplus === undefined) return Object.fromEntries(words.map(({ value }, n) => [bare[n]?.field, value]));
  const names = bare.length === 0 ? 'nothing' : `one ${bare.map(({ name }) => name).join(' and one ')}`;
  const takes = `${names}${form.afterDashes === undefined ? '' : ' before --'}`;
  throw usageError(
    `pm ${verb} takes ${takes}; ${quote(surplus.value)} is one argument too many`,
    correctedCall(request, surplus.index),
  );
}

/** The same call with some words replaced, so that the user can copy the corrected call. */
function correctedCall(
  { argv, invocation, verb }: ParseRequest,
  index: number,
  replacement?: string,
  count = 1,
): string {
  const words = argv.toSpliced(index, count, ...(replacement === undefined ? [] : [replacement]));
  return [invocation, verb, ...words.map(quote)].join(' ');
}
