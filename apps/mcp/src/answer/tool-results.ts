import type { CallToolResult } from '@modelcontextprotocol/server';
import type { Answer, FindingView, PreflightAnswer } from '@pm/operations';
import { inToolTerms, nextCallLine, nextToolCalls } from '../tools/to-tool-calls.ts';
import type { ToolName } from '../tools/tools.ts';
import { shorten, truncateText } from './shorten.ts';
import { mostSevereAdvice, structuredAnswer } from './structured-answer.ts';
import { structuredFindings } from './structured-findings.ts';
import { structuredRun } from './structured-run.ts';
import { visibleText, visibleValue } from './visible-text.ts';

/** Bytes of a text with `isError`. */
const MOST_BYTES = 2_000;
/** Bytes of one sentence, which may quote the caller; bytes of a call or a run, which is left out if it is longer. */
const SENTENCE = 500;
const CALL_BYTES = 500;
const RUN_BYTES = 900;

/** The arguments of a call, which a suggested call may repeat. */
type Given = Readonly<Record<string, unknown>>;

/** The result of an operation that did what was asked, even if the run failed: the same object as structured content and as text. */
export function toolResult(name: ToolName, answer: Answer | PreflightAnswer, given: Given = {}): CallToolResult {
  if ('fixes' in answer) return objectOf(structuredFindings(answer, given));
  if (answer.refusal !== undefined) return refusalOf(answer, answer.refusal);
  return objectOf(structuredAnswer(name, answer, typeof given['dir'] === 'string' ? given['dir'] : undefined));
}

function objectOf(facts: Record<string, unknown>): CallToolResult {
  return { content: [{ type: 'text', text: JSON.stringify(facts) }], structuredContent: facts };
}

/** The same for a wait in the background. Hosts tell a failed run from a successful one by `isError` alone, and then show only the text. */
export function waitResult(name: ToolName, answer: Answer, given: Given = {}): CallToolResult {
  const result = toolResult(name, answer, given);
  const isBad = answer.runs.some(({ outcome }) => outcome !== undefined && outcome !== 'success');
  return isBad ? { ...result, isError: true } : result;
}

/** A result with text only. */
export function textResult(text: string): CallToolResult {
  return { content: [{ type: 'text', text }] };
}

/** An error or a refusal. With `isError` hosts show a model only the text, so the text has everything. */
export function errorResult(...lines: readonly string[]): CallToolResult {
  return { ...textResult(lines.map(visibleText).join('\n')), isError: true };
}

/** A thrown value as a result: its code, message and next step. Errors are recognised by these fields, never by their class. */
export function resultOfError(error: unknown): CallToolResult {
  const { code, message, next } = Object(error) as Partial<Record<'code' | 'message' | 'next', unknown>>;
  const told = (text: unknown): string => truncateText(inToolTerms(String(text)), SENTENCE);
  if (typeof code === 'string' && typeof next === 'string')
    return errorResult(`${code}: ${told(message)}`, `next: ${told(next)}`);
  return errorResult(
    `unexpected: ${told(message ?? error)}`,
    'next: call it again; if it fails again, report this as a bug',
  );
}

function refusalOf(
  { runs, next, findings = [] }: Answer,
  { kind, message, nextAt }: NonNullable<Answer['refusal']>,
): CallToolResult {
  const head = `refused (${kind}): ${truncateText(inToolTerms(message), SENTENCE)}`;
  const failed = findings.filter(({ state }) => state === 'fail').map(findingLine);
  const when = nextAt === undefined ? [] : [`allowed from ${new Date(nextAt).toISOString()} on`];
  const blockingRuns = runs.map((run) => JSON.stringify(shorten(visibleValue(structuredRun(run)) as Given, RUN_BYTES)));
  const calls = nextToolCalls(next)
    .map(nextCallLine)
    .filter((line) => Buffer.byteLength(line) <= CALL_BYTES);
  const advice = nextAt === undefined ? (mostSevereAdvice(runs) ?? 'fix') : 'retry';
  const tail = [...when, ...(calls.length > 0 ? calls : [`advice: ${advice}`])];
  return errorResult(...withMost([head], [...failed, ...blockingRuns], tail));
}

/** As many of the middle lines as fit, and a line with the number of the others. */
function withMost(head: readonly string[], between: readonly string[], tail: readonly string[]): string[] {
  let room = MOST_BYTES - 100 - [...head, ...tail].reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
  const shown: string[] = [];
  for (const line of between) {
    room -= Buffer.byteLength(line) + 1;
    if (room < 0) break;
    shown.push(line);
  }
  const left = between.length - shown.length;
  return [
    ...head,
    ...shown,
    ...(left > 0 ? [`and ${left} more; call again when these are fixed to see them`] : []),
    ...tail,
  ];
}

function findingLine({ title, evidence, remedies = [] }: FindingView): string {
  const [first] = remedies;
  const mend = first === undefined ? '' : ` · remedy: ${JSON.stringify(first.argv)} (${first.safety})`;
  return `failed: ${truncateText(title)}: ${truncateText(evidence)}${Buffer.byteLength(mend) > CALL_BYTES ? '' : mend}`;
}
