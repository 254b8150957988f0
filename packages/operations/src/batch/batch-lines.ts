import { resolve } from 'node:path';
import { PmError } from '@pm/protocol';
import { describeIssue, issuePath } from '@pm/protocol/text';
import * as z from 'zod/mini';
import { hashOf } from '../queue/queue-folder.ts';
import { policy } from '../shape/start-fields.ts';

/** One line of a batch, checked. */
export interface BatchLine {
  /** Its number in the file, from 1. */
  readonly n: number;
  readonly command: readonly string[];
  /** What it is known by when the batch is resumed. No two lines have the same. */
  readonly key: string;
  /** The file says the key. Otherwise it is a hash of what is to be run. */
  readonly isKeyGiven: boolean;
  /** Absolute. */
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly options: LineOptions;
}

const command = z.array(z.string()).check(z.minLength(1, 'names no command'));
const Options = z.strictObject({ skipChecks: z.optional(z.boolean()), ...policy });
type LineOptions = z.output<typeof Options>;

const Line = z.strictObject({
  command,
  key: z.optional(z.string().check(z.minLength(1), z.maxLength(200))),
  cwd: z.optional(z.string().check(z.minLength(1))),
  env: z.optional(z.record(z.string().check(z.regex(/^[^=\0]+$/)), z.string())),
  ...Options.shape,
});

/** The most faults that an error names. */
const MOST_FAULTS = 3;

/**
 * The lines of a file of jobs: each is an array of words, or an object. Blank lines are left out.
 * @param cwd where relative directories of lines begin
 * @throws PmError `usage` with the numbers of the lines that are wrong
 */
export function parseJobs(file: string, text: string, cwd: string): BatchLine[] {
  const faults: string[] = [];
  const lines = numbered(text).flatMap(({ n, line }) => {
    const parsed = jobIn(line);
    if (typeof parsed === 'string') {
      faults.push(`line ${n}: ${parsed}`);
      return [];
    }
    const { command, key, cwd: own = '.', env, ...options } = parsed;
    return [{ n, command, given: key, cwd: resolve(cwd, own), env, options }];
  });
  return withKeys(file, lines, faults);
}

/** The lines of a file of arguments: each is put where the command has `{}`, or at its end. */
export function parseArguments(file: string, text: string, command: readonly string[], cwd: string): BatchLine[] {
  const hasPlace = command.some((word) => word.includes('{}'));
  const lines = numbered(text).map(({ n, line }) => ({
    n,
    command: hasPlace ? command.map((word) => word.replaceAll('{}', () => line)) : [...command, line],
    cwd,
    options: {},
  }));
  const faults = lines.flatMap(({ n, command: words }) =>
    words.some((word) => word.includes('\0')) ? [`line ${n} has a NUL character`] : [],
  );
  return withKeys(file, lines, faults);
}

/** @throws PmError `usage` for a batch in which some lines are wrong */
export function refuseFaults(file: string, faults: readonly string[]): void {
  if (faults.length === 0) return;
  const more = faults.length > MOST_FAULTS ? `; and ${faults.length - MOST_FAULTS} more` : '';
  throw new PmError(
    'usage',
    `${file}: ${faults.slice(0, MOST_FAULTS).join('; ')}${more}.`,
    'Each line is ["command", "argument"] or {"command": ["command", "argument"]}. Nothing was started.',
  );
}

function numbered(text: string): { n: number; line: string }[] {
  return text
    .split('\n')
    .map((line, i) => ({ n: i + 1, line: line.replace(/\r$/, '') }))
    .filter(({ line }) => line.trim() !== '');
}

function jobIn(text: string): z.output<typeof Line> | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'it is not JSON';
  }
  const parsed = Line.safeParse(Array.isArray(value) ? { command: value } : value);
  if (parsed.success) return nulIn(parsed.data) ?? parsed.data;
  const [issue] = parsed.error.issues;
  if (issue === undefined) return 'it is not valid';
  const path = issuePath(issue);
  return `${path === '' ? 'it' : path} ${describeIssue(issue, Array.isArray(value) ? { command: value } : value)}`;
}

/** No argument, path or variable of a process can have one. */
function nulIn({ command, cwd = '', env = {} }: z.output<typeof Line>): string | undefined {
  const hasNul = (text: string): boolean => text.includes('\0');
  const name = Object.keys(env).find((one) => hasNul(env[one] ?? ''));
  const where = command.some(hasNul) ? 'command' : hasNul(cwd) ? 'cwd' : name === undefined ? undefined : `env.${name}`;
  return where === undefined ? undefined : `${where} has a NUL character`;
}

type Unkeyed = Omit<BatchLine, 'key' | 'isKeyGiven'> & { readonly given?: string | undefined };

/** The same command twice is two lines: the second one has a key of its own. The same key twice is a mistake. */
function withKeys(file: string, lines: readonly Unkeyed[], faults: string[]): BatchLine[] {
  const firstWith = new Map<string, number>();
  for (const { given, n } of lines) {
    if (given === undefined) continue;
    const first = firstWith.get(given);
    if (first === undefined) firstWith.set(given, n);
    else faults.push(`line ${n}: key ${JSON.stringify(given)} is also the key of line ${first}`);
  }
  refuseFaults(file, faults);
  const counts = new Map<string, number>();
  return lines.map(({ given, ...line }) => {
    if (given !== undefined) return { ...line, key: given, isKeyGiven: true };
    const hash = hashOf(JSON.stringify([line.command, line.cwd, Object.entries(line.env ?? {}).sort()]));
    const count = (counts.get(hash) ?? 0) + 1;
    counts.set(hash, count);
    return { ...line, key: count === 1 ? hash : `${hash}-${count}`, isKeyGiven: false };
  });
}
