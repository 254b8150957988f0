import { isDeepStrictEqual } from 'node:util';
import { isVerb, VERBS } from '../../apps/cli/src/call/verbs.ts';
import { flagsOf } from '../../apps/cli/src/parse/flags.ts';
import { parseCall } from '../../apps/cli/src/parse/parse-call.ts';
import { nextCall } from '../../apps/cli/src/render/next-call.ts';
import { type Next, operations } from '../../packages/operations/src/index.ts';

type Call = Pick<Next, 'operation' | 'input'>;

/**
 * Why a call of an answer (`next`) would not work; undefined if it would. Its input fits the operation's schema and has no other field,
 * and the line that the command line prints for it is read back as the same input.
 */
export async function faultOfNext(call: Call): Promise<string | undefined> {
  const line = nextCall(call, 'pm');
  if (!isVerb(call.operation)) return `${line}: there is no operation ${call.operation}`;
  const { input: schema } = await operations[call.operation]();
  const known: readonly string[] = flagsOf(schema).map(({ field }) => field);
  const unknown = Object.keys(call.input).filter((field) => !known.includes(field));
  if (unknown.length > 0) return `${line}: ${call.operation} has no field ${unknown.join(', ')}`;
  const meant = schema.safeParse(call.input);
  if (!meant.success) return `${line}: ${meant.error.issues[0]?.message}`;
  const read = await readCall(wordsOf(line));
  if (typeof read === 'string') return `${line}: ${read}`;
  return isDeepStrictEqual(read.input, meant.data)
    ? undefined
    : `${line} means ${JSON.stringify(read.input)}, not ${JSON.stringify(meant.data)}`;
}

/** Why the calls written in a sentence would not work, one line each. */
export async function faultsIn(sentence: string): Promise<string[]> {
  const read = await Promise.all(callsIn(sentence).map(async (words) => [words, await readCall(words)] as const));
  const faults = read.flatMap(([words, told]) => (typeof told === 'string' ? [`${words.join(' ')}: ${told}`] : []));
  return [...faults, ...hiddenCallsIn(sentence)];
}

/** The words of each call in a sentence: it is in backquotes, or it follows `: ` or begins the sentence, up to `;` or a bracket. */
export function callsIn(sentence: string): string[][] {
  const quoted = [...sentence.matchAll(/`(pm [a-z]+ [^`]+)`/g)].map(([, call = '']) => call);
  const alone = [...sentence.replace(/`[^`]*`/g, '').matchAll(/(?:^|: )(pm [a-z].*)/gs)].map(([, call = '']) => call);
  return [...quoted, ...alone].map(wordsOf);
}

/** In a sentence a verb may be named (`pm recover finds it`). What has options or a command has to be a call that is checked. */
function hiddenCallsIn(sentence: string): string[] {
  const prose = sentence.replace(/`[^`]*`/g, '').replace(/(?:^|: )pm [a-z].*/gs, '');
  return [...prose.matchAll(/\bpm ([a-z]+)([^;(,.]*? --?(?=[\w ]|$)[\w-]*)?/g)].flatMap(([said, verb = '', option]) => {
    if (verb !== 'help' && !isVerb(verb)) return [];
    return option === undefined ? [] : [`${said}…: write a call in backquotes, or after a colon`];
  });
}

/** The words of a line of shell, up to an unquoted `;`, `(` or backquote. */
function wordsOf(line: string): string[] {
  const tokens = /\s*((?:'[^']*'|"(?:[^"\\]|\\.)*"|\\.|[^\s'"\\;(`])+)/y;
  const words: string[] = [];
  for (let found = tokens.exec(line); found !== null; found = tokens.exec(line))
    words.push((found[1] ?? '').replace(/'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)/gs, '$1$2$3'));
  return words;
}

/** The input that the words of a call have, parsed by the operation's schema; or why there is none. */
async function readCall([, verb = '', ...argv]: readonly string[]): Promise<{ readonly input: unknown } | string> {
  if (verb === 'help' && isVerb(argv[0] ?? '')) return { input: {} };
  if (!isVerb(verb)) return `there is no verb ${verb}`;
  if (argv.includes('--help')) return { input: {} };
  const { input: schema } = await operations[verb]();
  const request = { verb, form: VERBS[verb], argv, flags: flagsOf(schema), invocation: 'pm', isProgram: () => false };
  try {
    const read = schema.safeParse(parseCall(request).input);
    return read.success ? { input: read.data } : `${read.error.issues[0]?.message}`;
  } catch (error) {
    return (error as Error).message;
  }
}
