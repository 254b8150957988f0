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

/** For a program that waits for something instead of saying its version. */
const ANSWER_MS = 5_000;

/** A program is there and can be executed, its shebang's interpreter too; asked for a version, it has one in the range. */
export const command: Check<Options> = {
  id: 'command',
  title: 'a program is there, in the right version',
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
    return compared(`${name} (${resolution.path})`, await saidBy(resolution.path, ask, context, signal), version);
  },
};

/** Loaded when a version is asked for. */
async function compared(who: string, { said, code }: Said, version: string): Promise<CheckResult> {
  const { default: semver } = await import('semver');
  const range = semver.validRange(version, { loose: true });
  if (range === null) return { state: 'inconclusive', evidence: `${JSON.stringify(version)} is no range of versions` };
  const has = semver.coerce(numberIn(said, code === 0), { includePrerelease: true });
  if (has === null) {
    const ending = code === 0 ? '' : ` (exit ${code ?? 'unknown'})`;
    return { state: 'inconclusive', evidence: `${who} says no version${ending}: ${said.slice(0, 80) || 'nothing'}` };
  }
  return semver.satisfies(has, range, { includePrerelease: true, loose: true })
    ? { state: 'pass', evidence: `${who} is ${has.version}, in ${version}` }
    : { state: 'fail', evidence: `${who} is ${has.version}, not ${version}` };
}

/**
 * The first thing that looks like a version: `Python 3.11.2`, `openjdk version "21.0.4"`, `go1.22.5`. A bare number is one only of a
 * program that has understood the question: `usage: ssh [-46AaCfGgKkMNnqsTtVvXxYy]` is no version 46.
 */
function numberIn(said: string, hasUnderstood: boolean): string {
  const dotted = /\d+(?:\.\d+)+(?:-[0-9A-Za-z.-]+)?/.exec(said)?.[0];
  return dotted ?? (hasUnderstood ? /\d+/.exec(said)?.[0] : undefined) ?? '';
}

interface Said {
  readonly said: string;
  /** Undefined if it did not exit by itself. */
  readonly code: number | undefined;
}

/** Both streams: java says it on stderr. A version with a dot in it counts whatever the exit status is. */
function saidBy(path: string, ask: readonly string[], { cwd, env }: CheckContext, signal: AbortSignal): Promise<Said> {
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
      resolve({ said: `${stdout}\n${stderr}`.trim(), code: child.exitCode ?? undefined }),
    );
    child.stdin?.end();
  });
}
