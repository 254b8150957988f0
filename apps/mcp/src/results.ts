import type { CallToolResult } from '@modelcontextprotocol/server';
import type { Answer, CheckFinding, PreflightAnswer } from '@pm/operations';
import { flatAnswer, flatFindings } from './flat-answer.ts';
import { fitted, flatRun } from './flat-run.ts';
import { inToolWords } from './in-tool-words.ts';
import { callLine, toolCalls } from './next-call.ts';
import { plain, plainValue } from './plain.ts';
import type { ToolName } from './tools.ts';

/** The run in the way of what was refused, as JSON. */
const REFUSAL_BYTES = 1_500;

/** The result of an operation that did what was asked, whatever became of the run: the same object for programs and as text. */
export function resultOf(name: ToolName, answer: Answer | PreflightAnswer): CallToolResult {
  if ('fixes' in answer) return objectOf(flatFindings(answer));
  if (answer.refusal !== undefined) return refusalOf(answer, answer.refusal);
  return objectOf(flatAnswer(name, answer));
}

function objectOf(facts: Record<string, unknown>): CallToolResult {
  return { content: [{ type: 'text', text: JSON.stringify(facts) }], structuredContent: facts };
}

/** The same for a host that waited in the background: it tells failure from success by `isError`, and then shows the text alone. */
export function endingOf(name: ToolName, answer: Answer): CallToolResult {
  const result = resultOf(name, answer);
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
  if (typeof code === 'string' && typeof next === 'string')
    return errorOf(`${code}: ${inToolWords(String(message))}`, `next: ${inToolWords(next)}`);
  return errorOf(`unexpected: ${message ?? error}`, 'next: call it once more; if it stays, report this as a bug');
}

function refusalOf(
  { runs, next, findings = [] }: Answer,
  { kind, message, nextAt }: NonNullable<Answer['refusal']>,
): CallToolResult {
  const inTheWay = runs.map((run) => JSON.stringify(plainValue(fitted(flatRun(run), REFUSAL_BYTES))));
  const failed = findings.filter(({ state }) => state === 'fail').map(findingLine);
  const when = nextAt === undefined ? [] : [`possible from ${new Date(nextAt).toISOString()} on`];
  const calls = toolCalls(next).map(callLine);
  return errorOf(
    `refused (${kind}): ${message}`,
    ...failed,
    ...when,
    ...inTheWay,
    ...(calls.length > 0 ? calls : ['advice: fix']),
  );
}

function findingLine({ title, evidence, remedies = [] }: CheckFinding): string {
  const [first] = remedies;
  const mend = first === undefined ? '' : ` · would be mended by ${JSON.stringify(first.argv)} (${first.safety})`;
  return `failed: ${title}: ${evidence}${mend}`;
}
