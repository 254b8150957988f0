import { appendFileSync, readFileSync } from 'node:fs';
import { OUTCOMES, type OutcomeRecord, PmError } from '@pm/protocol';
import { replaceRecord } from '@pm/protocol/fs';
import * as z from 'zod/mini';

/** A line of the results of a batch. */
export const ResultLine = z.looseObject({
  key: z.string(),
  step: z.string(),
  /** Absent: the batch was stopped before it became a run. */
  id: z.optional(z.string()),
  outcome: z.enum(OUTCOMES),
  exitCode: z.optional(z.number()),
  elapsedMs: z.optional(z.number()),
  result: z.optional(z.unknown()),
});
export type ResultLine = z.infer<typeof ResultLine>;

/** The result of a line whose run has ended. */
export function resultOf(key: string, step: string, id: string, outcome: OutcomeRecord): ResultLine {
  return {
    key,
    step,
    id,
    outcome: outcome.outcome,
    ...(outcome.exitCode !== undefined && { exitCode: outcome.exitCode }),
    elapsedMs: outcome.elapsedMs,
    ...(outcome.result !== undefined && { result: outcome.result }),
  };
}

/**
 * The results on file, the last one of each key. A line that a crash has cut off is left out: the records of its run are still there.
 * @throws PmError `usage` if it is a file of something else
 */
export function readResults(file: string): Map<string, ResultLine> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map();
    throw unusable(file, `it cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  const lines = text.split('\n').filter((line) => line !== '');
  const results = lines.flatMap((line) => parsed(line) ?? []);
  const isCutOff = lines.length === 1 && lines[0]?.startsWith('{"key":') === true;
  if (lines.length > 0 && results.length === 0 && !isCutOff) throw unusable(file, 'it is a file of something else');
  return new Map(results.map((result) => [result.key, result]));
}

/** Replaces the file, so that it has each of these results once. */
export function writeResults(file: string, results: Iterable<ResultLine>): void {
  try {
    replaceRecord(file, [...results].map(lineOf).join(''));
  } catch (error) {
    throw unusable(file, `it cannot be replaced (${(error as NodeJS.ErrnoException).code})`);
  }
}

/** Adds a result at the end of the file. */
export function appendResult(file: string, result: ResultLine): void {
  appendFileSync(file, lineOf(result), { mode: 0o600 });
}

function lineOf(result: ResultLine): string {
  return `${JSON.stringify(result)}\n`;
}

function parsed(line: string): ResultLine | undefined {
  try {
    const result = ResultLine.safeParse(JSON.parse(line));
    return result.success ? result.data : undefined;
  } catch {
    return undefined;
  }
}

function unusable(file: string, why: string): PmError {
  return new PmError(
    'usage',
    `The results cannot be written to ${file}: ${why}.`,
    'Name another file with --out. Nothing was started.',
  );
}
