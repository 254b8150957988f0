import { type ExecFileException, execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { resolveCommand } from '@pm/process';
import * as z from 'zod/mini';
import type { Check, CheckContext, CheckResult } from '../check.ts';
import { versionIn } from './version-in.ts';

const Options = z.strictObject({
  command: z.string().check(z.minLength(1)),
  version: z.optional(z.string().check(z.regex(/\d|^[*xX]$/, 'must be a range of versions such as >=20 <25 or ^3.11'))),
  ask: z.optional(z.array(z.string())),
});
type Options = z.infer<typeof Options>;

/** A program that has not printed its version by then hangs. It is less than the budget of a check, so that the evidence says so. */
const ANSWER_MS = 8_000;

/** A program exists and can be executed, and so can the interpreter of its shebang. With a range, its version is in that range. */
export const command: Check<Options> = {
  id: 'command',
  title: 'the program exists in the right version',
  options: Options,
  fromText: (text) => {
    const [name = '', ...range] = text.trim().split(' ');
    return { command: name, ...(range.length > 0 && { version: range.join(' ') }) };
  },
  detect: ({ cwd }) => {
    const version = (JSON.parse(readFileSync(join(cwd, 'package.json'), 'utf8')) as { engines?: { node?: unknown } })
      .engines?.node;
    return typeof version === 'string' ? { command: 'node', version } : undefined;
  },
  async inspect({ command: name, version, ask = ['--version'] }, context, signal) {
    const resolution = resolveCommand(name, context.cwd, context.env['PATH']);
    if (resolution.kind !== 'found') return { state: 'fail', evidence: resolution.why };
    if (version === undefined) return { state: 'pass', evidence: `${name} is ${resolution.path}` };
    const who = `${name} (${resolution.path})`;
    const answer = await answerOf(resolution.path, ask, context, signal);
    return answer.kind === 'failed'
      ? { state: 'fail', evidence: `${[who, ...ask].join(' ')} ${answer.why}${hintOf(answer.why)}` }
      : checkVersion(who, versionIn(name, answer.streams), answer.streams, version);
  },
};

/** semver is loaded only if a version is asked for. */
async function checkVersion(
  who: string,
  found: string | undefined,
  streams: readonly string[],
  version: string,
): Promise<CheckResult> {
  const { default: semver } = await import('semver');
  const range = semver.validRange(version, { loose: true });
  if (range === null)
    return { state: 'inconclusive', evidence: `${JSON.stringify(version)} is not a range of versions` };
  const has = semver.coerce(found, { includePrerelease: true });
  if (has === null) {
    const said = streams.join('\n').trim().slice(0, 80);
    return { state: 'inconclusive', evidence: `${who} does not print a version: ${said || 'no output'}` };
  }
  return semver.satisfies(has, range, { includePrerelease: true, loose: true })
    ? { state: 'pass', evidence: `${who} is ${has.version}, in ${version}` }
    : { state: 'fail', evidence: `${who} is ${has.version}, not ${version}` };
}

/** What it printed with exit code 0. The output of anything else is an error message, and a number in it is not its version. */
type Answer =
  | { readonly kind: 'exited'; readonly streams: readonly [stdout: string, stderr: string] }
  | { readonly kind: 'failed'; readonly why: string };

function answerOf(
  path: string,
  ask: readonly string[],
  { cwd, env }: CheckContext,
  signal: AbortSignal,
): Promise<Answer> {
  const options = {
    cwd,
    env: { ...env },
    signal,
    timeout: ANSWER_MS,
    killSignal: 'SIGKILL',
    maxBuffer: 65_536,
  } as const;
  return new Promise((resolve) => {
    const child = execFile(path, ask, options, (error, stdout, stderr) => {
      const said = messageOf(stderr) || messageOf(stdout);
      resolve(
        error === null || child.exitCode === 0
          ? { kind: 'exited', streams: [stdout, stderr] }
          : { kind: 'failed', why: `${endingOf(error)}${said === '' ? '' : `: ${said}`}` },
      );
    });
    child.stdin?.on('error', () => {}); // it may have ended before
    child.stdin?.end();
  });
}

function endingOf({ code, killed, signal, message }: ExecFileException): string {
  if (killed === true) return `did not end within ${ANSWER_MS / 1000}s`;
  if (typeof code === 'number') return `failed with exit code ${code}`;
  return typeof signal === 'string' ? `was ended by ${signal}` : `failed: ${message}`;
}

/** Some programs print their version with other arguments: ssh does with `-V`. */
function hintOf(why: string): string {
  return /\b(?:usage:|(?:unknown|unrecogni[sz]ed|illegal|invalid) (?:option|argument))/i.test(why)
    ? ' (the option "ask" takes the arguments that print its version)'
    : '';
}

/** The first lines of an error message: a loader says what it cannot open first, a traceback is rare here. */
function messageOf(text: string): string {
  return text
    .trim()
    .replace(/\s*[\r\n]+\s*/g, ' / ')
    .slice(0, 200);
}
