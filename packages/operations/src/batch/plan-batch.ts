import { isUtf8 } from 'node:buffer';
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { isStepName, PmError } from '@pm/protocol';
import { isDirectory } from '@pm/protocol/fs';
import { mayHaveSyntax, refusalOf } from '../admit/refuse-command.ts';
import { policyOf } from '../config/policy-of.ts';
import type { Context } from '../project/context.ts';
import { type BatchRecord, batchOfFile, readBatch } from './batch-folder.ts';
import { type BatchLine, parseArguments, parseJobs, refuseFaults } from './batch-lines.ts';
import { type LineDefaults, requestOf } from './line-record.ts';
import { resumeCall } from './resume-call.ts';
import { batchNameOf, LONGEST_NAME } from './step-names.ts';

/** What a call of `pm batch` names, parsed. */
export interface BatchCall {
  readonly file?: string | undefined;
  readonly each?: string | undefined;
  readonly command?: readonly string[] | undefined;
  readonly name?: string | undefined;
  readonly cwd?: string | undefined;
  readonly dir?: string | undefined;
  readonly out?: string | undefined;
  readonly resume?: boolean | undefined;
  readonly again?: boolean | undefined;
}

/** A batch as this call sees it: what it says, completed from the record of an earlier call if it resumes that. */
export interface BatchPlan {
  readonly name: string;
  /** Absolute. */
  readonly file: string;
  readonly out: string;
  readonly cwd: string;
  readonly command?: readonly string[] | undefined;
  /** Of the earlier call. */
  readonly record: BatchRecord | undefined;
}

/**
 * @throws PmError `usage` if the call names no file, or two, if the batch of that name has another file, or if a batch of this file that is to
 * be resumed has another name: its lines may be live
 */
export function planBatch(call: BatchCall, dir: string, context: Context): BatchPlan {
  const { each, command: asked, resume, again } = call;
  const named = call.file ?? each;
  if (resume === true && again === true) throw usage('--resume and --again cannot be used together', 'Use one of them');
  if (named === undefined || (call.file !== undefined && each !== undefined))
    throw usage('a batch needs one file', 'pm batch jobs.jsonl; or pm batch --each args.txt -- ./train.sh {}');
  const name = call.name ?? batchNameOf(named);
  if (!isStepName(name) || name.length > LONGEST_NAME)
    throw usage(
      `--name: ${JSON.stringify(name)} is not a valid name`,
      `A name has 1 to ${LONGEST_NAME} letters, digits, and . _ -`,
    );
  const file = resolve(context.cwd, named);
  const record = readBatch(dir, name);
  if (record !== undefined && record.file !== file && again !== true)
    throw usage(
      `there is a batch ${name} of another file already: ${record.file}`,
      'Give this one another name, such as --name sweep-2',
    );
  const other = resume === true && record === undefined ? batchOfFile(dir, file) : undefined;
  if (other !== undefined)
    throw usage(
      `there is no batch ${name} to resume, but ${other} is a batch of this file`,
      `${resumeCall(file, other, context.cwd, call.dir)}; with --again instead of --resume, all lines are started as ${name}`,
    );
  const earlier = resume === true ? record : undefined;
  const isEach = each !== undefined || earlier?.command !== undefined;
  const command = asked ?? earlier?.command;
  if (each !== undefined && command === undefined)
    throw usage('--each needs a command', `pm batch --each ${named} -- ./train.sh {}`);
  if (!isEach && asked !== undefined)
    throw usage('a command needs --each', `pm batch --each ${named} -- ./train.sh {}`);
  const out = call.out === undefined ? (earlier?.out ?? `${file}.results.jsonl`) : resolve(context.cwd, call.out);
  if (out === file) throw usage(`--out: ${file} is the file of the lines`, 'Name another file for the results');
  return {
    name,
    file,
    out,
    cwd: call.cwd === undefined ? (earlier?.cwd ?? context.cwd) : resolve(context.cwd, call.cwd),
    ...(isEach && { command }),
    record,
  };
}

/** The lines of the file. @throws PmError `usage` for a file that cannot be read, has no line, or has a wrong one */
export function linesOf({ file, command, cwd }: BatchPlan): BatchLine[] {
  const text = textOf(file);
  const lines = command === undefined ? parseJobs(file, text, cwd) : parseArguments(file, text, command, cwd);
  if (lines.length === 0) throw usage(`${file} has no lines`, 'Write one job on each line.');
  return lines;
}

/**
 * Checks what can be known before a start: directories, programs, options.
 * @throws PmError `usage` with the numbers of the lines that are wrong
 */
export async function checkLines(
  file: string,
  lines: readonly BatchLine[],
  defaults: LineDefaults,
  context: Context,
): Promise<void> {
  const { stdin: _, ...unattended } = context;
  const folders = new Map<string, boolean>();
  // Most lines differ only in arguments. With 100 000 lines, checking each of them would take ten seconds.
  const known = new Map<string, string | undefined>();
  const faults: string[] = [];
  for (const line of lines) {
    const { n, cwd, env } = line;
    if (!folders.has(cwd)) folders.set(cwd, isDirectory(cwd));
    const key = mayHaveSyntax(line.command) ? undefined : JSON.stringify([line.command[0], cwd, env, line.options]);
    const fault =
      folders.get(cwd) !== true
        ? `${cwd} is not a directory`
        : key !== undefined && known.has(key)
          ? known.get(key)
          : await faultOf(line, defaults, {
              ...unattended,
              ...(env !== undefined && { env: { ...context.env, ...env } }),
            });
    if (key !== undefined) known.set(key, fault);
    if (fault !== undefined) faults.push(`line ${n}: ${fault}`);
  }
  refuseFaults(file, faults);
}

async function faultOf(line: BatchLine, defaults: LineDefaults, context: Context): Promise<string | undefined> {
  try {
    const request = requestOf(line, 'line', defaults);
    policyOf(request);
    const { command, options } = line;
    const answer = await refusalOf('start', request, { command, ...options }, line.cwd, context);
    return answer?.refusal?.message.replace(/\.$/, '');
  } catch (error) {
    if (error instanceof PmError) return error.message.replace(/\.$/, '');
    throw error;
  }
}

/** The largest file of lines, bytes: it is read as a whole. */
const MOST_BYTES = 67_108_864;

function textOf(file: string): string {
  try {
    const stat = statSync(file);
    if (!stat.isFile())
      throw usage(`${file} is not a regular file`, 'Write the lines to a file, so that the batch can be resumed.');
    if (stat.size > MOST_BYTES) throw usage(`${file} has more than 64 MiB`, 'Split it into several files.');
    return decoded(file, readFileSync(file));
  } catch (error) {
    if (error instanceof PmError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw usage(`${file} ${code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`}`, 'Name a file of jobs.');
  }
}

/** An error before anything was started. @param what a sentence without its end */
export function usage(what: string, next: string): PmError {
  return new PmError('usage', `${what}.`, `${next.replace(/\.$/, '')}. Nothing was started.`);
}

/**
 * Without a byte order mark. Bytes that are no UTF-8 would become U+FFFD, and the commands would get arguments that nobody wrote.
 * @throws PmError `usage` with the number of the first line that is not UTF-8
 */
function decoded(file: string, bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8').replace(/^\uFEFF/, '');
  const NEWLINE = 10;
  let n = 1;
  let start = 0;
  for (let end = bytes.indexOf(NEWLINE); end >= 0 && isUtf8(bytes.subarray(start, end)); n++) {
    start = end + 1;
    end = bytes.indexOf(NEWLINE, start);
  }
  throw usage(`${file}: line ${n} is not UTF-8`, 'Write the file in UTF-8');
}
