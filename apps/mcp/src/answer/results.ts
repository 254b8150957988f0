import type { CallToolResult } from '@modelcontextprotocol/server';
import type { Answer, CheckFinding, PreflightAnswer } from '@pm/operations';
import { inToolWords } from '../tools/in-tool-words.ts';
import { callLine, toolCalls } from '../tools/next-call.ts';
import type { ToolName } from '../tools/tools.ts';
import { beginningOf, fitted } from './fit.ts';
import { flatAnswer } from './flat-answer.ts';
import { flatFindings } from './flat-findings.ts';
import { flatRun } from './flat-run.ts';
import { plain, plainValue } from './plain.ts';
import { worstAdvice } from './worst-advice.ts';

/** A text with `isError`. */
const MOST_BYTES = 2_000;
/** Of that one sentence, which may have a caller's own words in it; a call or a run that is longer is left out. */
const SENTENCE = 500;
const CALL_BYTES = 500;
const RUN_BYTES = 900;

/** What a call says of itself that its answer may have to repeat. */
type Given = Readonly<Record<string, unknown>>;

/** The result of an operation that did what was asked, whatever became of the run: the same object for programs and as text. */
export function resultOf(name: ToolName, answer: Answer | PreflightAnswer, given: Given = {}): CallToolResult {
  if ('fixes' in answer) return objectOf(flatFindings(answer, given));
  if (answer.refusal !== undefined) return refusalOf(answer, answer.refusal);
  return objectOf(flatAnswer(name, answer, typeof given['dir'] === 'string' ? given['dir'] : undefined));
}

function objectOf(facts: Record<string, unknown>): CallToolResult {
  return { content: [{ type: 'text', text: JSON.stringify(facts) }], structuredContent: facts };
}

/** The same for a host that waited in the background: it tells failure from success by `isError`, and then shows the text alone. */
export function endingOf(name: ToolName, answer: Answer, given: Given = {}): CallToolResult {
  const result = resultOf(name, answer, given);
  const isBad = answer.runs.some(({ outcome }) => outcome !== undefined && outcome !== 'success');
  return isBad ? { ...result, isError: true } : result;
}

/** Text alone. */
export function textResult(text: string): CallToolResult {
  return { content: [{ type: 'text', text }] };
}

/** A mistake or a refusal. With `isError` hosts show a model nothing but the text: it has the whole story. */
export function errorOf(...lines: readonly string[]): CallToolResult {
  return { ...textResult(lines.map(plain).join('\n')), isError: true };
}

/** What went wrong, told by its code, its sentence and its next step; never by a class. */
export function faultOf(error: unknown): CallToolResult {
  const { code, message, next } = Object(error) as Partial<Record<'code' | 'message' | 'next', unknown>>;
  const told = (text: unknown): string => beginningOf(inToolWords(String(text)), SENTENCE);
  if (typeof code === 'string' && typeof next === 'string')
    return errorOf(`${code}: ${told(message)}`, `next: ${told(next)}`);
  return errorOf(`unexpected: ${told(message ?? error)}`, 'next: call it once more; if it stays, report this as a bug');
}

function refusalOf(
  { runs, next, findings = [] }: Answer,
  { kind, message, nextAt }: NonNullable<Answer['refusal']>,
): CallToolResult {
  const head = `refused (${kind}): ${beginningOf(inToolWords(message), SENTENCE)}`;
  const failed = findings.filter(({ state }) => state === 'fail').map(findingLine);
  const when = nextAt === undefined ? [] : [`possible from ${new Date(nextAt).toISOString()} on`];
  const inTheWay = runs.map((run) => JSON.stringify(fitted(plainValue(flatRun(run)) as Given, RUN_BYTES)));
  const calls = toolCalls(next)
    .map(callLine)
    .filter((line) => Buffer.byteLength(line) <= CALL_BYTES);
  const advice = nextAt === undefined ? (worstAdvice(runs) ?? 'fix') : 'retry';
  const tail = [...when, ...(calls.length > 0 ? calls : [`advice: ${advice}`])];
  return errorOf(...withMost([head], [...failed, ...inTheWay], tail));
}

/** As many of the lines between as there is room for, and how many there are besides. */
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
    ...(left > 0 ? [`and ${left} more, which the same call tells once these are mended`] : []),
    ...tail,
  ];
}

function findingLine({ title, evidence, remedies = [] }: CheckFinding): string {
  const [first] = remedies;
  const mend = first === undefined ? '' : ` · would be mended by ${JSON.stringify(first.argv)} (${first.safety})`;
  return `failed: ${beginningOf(title)}: ${beginningOf(evidence)}${Buffer.byteLength(mend) > CALL_BYTES ? '' : mend}`;
}
