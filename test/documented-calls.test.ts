import { describe, expect, test } from 'vitest';
import { EXIT_CODES } from '../apps/cli/src/call/exit-codes.ts';
import { isView, VERBS } from '../apps/cli/src/call/verbs.ts';
import { SCRIPTS } from '../apps/cli/src/completion/scripts.ts';
import { VIEW_TEXTS } from '../apps/cli/src/help/view-texts.ts';
import { flagsOf } from '../apps/cli/src/parse/flags.ts';
import { parseCall } from '../apps/cli/src/parse/parse-call.ts';
import { takeHost } from '../apps/cli/src/remote/host-option.ts';
import { webOptions } from '../apps/cli/src/web/web-options.ts';
import { type OperationName, operations } from '../packages/operations/src/index.ts';
import { blocksOf, PAGES, textOf } from './page.ts';

interface Call {
  readonly words: readonly string[];
  /** A call in a sentence (`pm extend`, `pm wait --stale`) may leave out what a real one needs. */
  readonly whole: boolean;
}

// Nobody should copy a call from a page and be told that it is wrong.
describe('every call of pm in the documentation is one that pm understands', () => {
  const calls = PAGES.map((page) => [page, callsIn(textOf(page))] as const).filter(([, found]) => found.length > 0);

  test('the calls are found', () => {
    expect(Object.fromEntries(calls.map(([page, found]) => [page, found.length]))).toMatchObject({
      'README.md': expect.any(Number),
      'docs/explanation/anti-patterns.md': expect.any(Number),
      'docs/tutorial/first-run.md': expect.any(Number),
    });
  });

  test.each(calls)('%s', async (_, found) => {
    for (const call of found) expect(await faultOf(call), call.words.join(' ')).toBeUndefined();
  });
});

test('the README names every exit code of pm', () => {
  const cells =
    textOf('README.md')
      .match(/^\|.*\|$/gm)
      ?.join('\n') ?? '';
  for (const [status] of Object.values(EXIT_CODES)) expect(cells).toMatch(new RegExp(`\\b${status}\\b`));
});

function callsIn(page: string): Call[] {
  const lines = blocksOf(page).flatMap(({ language, text }) => {
    if (language === 'sh') return text.split('\n');
    return language === 'console' ? [...text.matchAll(/^\$ (.*)/gm)].map(([, line = '']) => line) : [];
  });
  const inProse = [...page.replace(/^```.*?^```/gms, '').matchAll(/`(pm [^`\n]+)`/g)].map(([, text = '']) => text);
  return [
    ...lines.flatMap((line) => commandsIn(line)).map((words) => ({ words, whole: true })),
    ...inProse.flatMap((text) => commandsIn(text.replaceAll('\\|', '|'))).map((words) => ({ words, whole: false })),
  ]
    .filter(({ words: [program] }) => program === 'pm')
    .map(({ words, whole }) => ({ words: ['pm', ...withoutHost(words.slice(1))], whole }))
    .filter(({ words: [, verb] }) => /^[a-z]+$/.test(verb ?? '') && !['help', 'verb'].includes(verb ?? ''));
}

/** A call for another host is one that the pm there understands. */
function withoutHost(argv: readonly string[]): readonly string[] {
  try {
    return takeHost(argv, 'pm')?.argv ?? argv;
  } catch {
    return []; // `--host` alone, in a sentence
  }
}

/** The commands of a line of shell, each as its words. `<step>` stands for a name. */
function commandsIn(line: string): string[][] {
  const placed = line.replace(/<([a-z ]+)…?>/g, (_, name: string) => name.replaceAll(' ', '-'));
  const tokens = placed.matchAll(/#.*$|&&|\|\||[;|&()<>]|(?:'[^']*'|"[^"]*"|[^\s'"&|;()<>])+/g);
  const commands: string[][] = [[]];
  for (const [token] of tokens) {
    if (token.startsWith('#')) break;
    if (/^(&&|\|\||[;|&()<>])$/.test(token)) commands.push([]);
    else commands.at(-1)?.push(token.replace(/'([^']*)'|"([^"]*)"/g, '$1$2'));
  }
  return commands.filter((words) => words.length > 0 && !words.some((word) => /^\[/.test(word) || word === '…'));
}

async function faultOf({ words: [, verb = '', ...argv], whole }: Call): Promise<string | undefined> {
  if (verb === 'completion') return Object.hasOwn(SCRIPTS, argv[0] ?? '') ? undefined : 'there is no such shell';
  if (verb === 'web') return faultOfWeb(argv);
  if (isView(verb)) {
    const options = VIEW_TEXTS[verb].options.map(([name]) => name.split(' ')[0]);
    return argv.find((word) => word.startsWith('--') && word !== '--help' && !options.includes(word));
  }
  if (!Object.hasOwn(VERBS, verb)) return `pm has no verb ${verb}`;
  const form = VERBS[verb as OperationName];
  if (argv.includes('--help')) return undefined;
  const { input } = await operations[verb as OperationName]();
  if (!whole && form.afterDashes !== undefined && !argv.includes('--')) argv.push('--', 'x');
  try {
    const call = parseCall({
      verb: verb as OperationName,
      form,
      flags: flagsOf(input),
      isProgram: () => false,
      argv: argv.filter((word) => word !== '…'),
      invocation: 'pm',
    });
    return whole ? input.safeParse(call.input).error?.issues[0]?.message : undefined;
  } catch (error) {
    const { message } = error as Error;
    return !whole && message.endsWith('needs a value') ? undefined : message;
  }
}

function faultOfWeb(argv: readonly string[]): string | undefined {
  try {
    webOptions(argv, 'pm');
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
