import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { resolveCommand } from '@pm/process';
import * as z from 'zod/mini';
import type { Check, CheckContext, CheckResult } from '../check.ts';

const Options = z.strictObject({
  command: z.string().check(z.minLength(1)),
  version: z.optional(z.string().check(z.regex(/\d|^[*xX]$/, 'must be a range of versions such as >=20 <25 or ^3.11'))),
  ask: z.optional(z.array(z.string())),
});
type Options = z.infer<typeof Options>;

/** A program that waits for input instead of printing its version is ended after this time. */
const ANSWER_MS = 5_000;

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
    return checkVersion(`${name} (${resolution.path})`, await outputOf(resolution.path, ask, context, signal), version);
  },
};

/** semver is loaded only if a version is asked for. */
async function checkVersion(who: string, { text, code }: Output, version: string): Promise<CheckResult> {
  const { default: semver } = await import('semver');
  const range = semver.validRange(version, { loose: true });
  if (range === null)
    return { state: 'inconclusive', evidence: `${JSON.stringify(version)} is not a range of versions` };
  const has = semver.coerce(numberIn(text, code === 0), { includePrerelease: true });
  if (has === null) {
    const ending = code === 0 ? '' : ` (exit ${code ?? 'unknown'})`;
    return {
      state: 'inconclusive',
      evidence: `${who} does not print a version${ending}: ${text.slice(0, 80) || 'no output'}`,
    };
  }
  return semver.satisfies(has, range, { includePrerelease: true, loose: true })
    ? { state: 'pass', evidence: `${who} is ${has.version}, in ${version}` }
    : { state: 'fail', evidence: `${who} is ${has.version}, not ${version}` };
}

/**
 * The first text that looks like a version: `Python 3.11.2`, `openjdk version "21.0.4"`, `go1.22.5`. A number without a dot counts only
 * if the program exited with 0: `usage: ssh [-46AaCfGgKkMNnqsTtVvXxYy]` is not version 46.
 */
function numberIn(text: string, isSuccess: boolean): string {
  const dotted = /\d+(?:\.\d+)+(?:-[0-9A-Za-z.-]+)?/.exec(text)?.[0];
  return dotted ?? (isSuccess ? /\d+/.exec(text)?.[0] : undefined) ?? '';
}

interface Output {
  readonly text: string;
  /** Undefined if it did not exit on its own. */
  readonly code: number | undefined;
}

/** Both output streams, because java prints its version to stderr. */
function outputOf(
  path: string,
  ask: readonly string[],
  { cwd, env }: CheckContext,
  signal: AbortSignal,
): Promise<Output> {
  const options = {
    cwd,
    env: { ...env },
    signal,
    timeout: ANSWER_MS,
    killSignal: 'SIGKILL',
    maxBuffer: 65_536,
  } as const;
  return new Promise((resolve) => {
    const child = execFile(path, ask, options, (_, stdout, stderr) =>
      resolve({ text: `${stdout}\n${stderr}`.trim(), code: child.exitCode ?? undefined }),
    );
    child.stdin?.end();
  });
}
