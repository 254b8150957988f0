import type { Ending } from './call/call.ts';
import { exitCodeOfFault } from './call/exit-codes.ts';
import { consequenceOf, faultOf, faultText } from './call/fault.ts';
import { isVerb } from './call/verbs.ts';
import { version } from './call/version.ts';
import { unknownVerb } from './parse/unknown-verb.ts';
import { perform } from './perform/perform.ts';
import { invocationOf } from './process/terminal.ts';
import type { World } from './process/world.ts';
import { deliver, write } from './process/write.ts';

/** The whole command line: picks what was asked for, and turns whatever goes wrong into one sentence and a status. */
export async function cli(world: World): Promise<Ending> {
  const argv = world.argv.slice(2);
  try {
    return await answer(argv, world);
  } catch (error) {
    const fault = faultOf(error, world.env, invocationOf(world.argv));
    const isTold = wants(argv, '--json') && (await write(world.stdout, `${JSON.stringify({ error: fault })}\n`));
    if (!isTold) await write(world.stderr, faultText(fault));
    return { status: exitCodeOfFault(fault.code), ...consequenceOf(error) };
  }
}

async function answer(argv: readonly string[], world: World): Promise<Ending> {
  const [first = 'help', ...rest] = argv;
  if (first === '--version' || first === '-V') return show(`${version}\n`, world);
  if (first === 'help' || first === '--help' || first === '-h') return help(rest, world);
  if (!isVerb(first)) throw unknownVerb(first, rest, invocationOf(world.argv));
  if (wants(rest, '--help') || wants(rest, '-h')) return help([first], world);
  return perform(first, rest, world);
}

async function help([verb]: readonly string[], world: World): Promise<Ending> {
  const pages = await import('./help/page.ts');
  if (verb === undefined || verb.startsWith('-')) return show(await pages.overview(), world);
  if (isVerb(verb)) return show(await pages.verbPage(verb), world);
  throw unknownVerb(verb, ['--help'], invocationOf(world.argv));
}

async function show(text: string, world: World): Promise<Ending> {
  await deliver(world.stdout, text);
  return { status: 0 };
}

/** What follows `--` is a command's own and never asks us for anything. */
function wants(argv: readonly string[], flag: string): boolean {
  const dashes = argv.indexOf('--');
  return argv.slice(0, dashes < 0 ? undefined : dashes).includes(flag);
}
