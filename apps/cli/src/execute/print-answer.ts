import type {
  Answer,
  ConformanceAnswer,
  DoctorAnswer,
  InitAnswer,
  LogAnswer,
  PreflightAnswer,
  TemplateAnswer,
} from '@pm/operations';
import { summaryLine } from '@pm/operations/words';
import type { VerbCall } from '../call/verb-call.ts';
import type { CliProcess } from '../process/cli-process.ts';
import { write, writeAnswer } from '../process/write.ts';
import type { Rendering } from '../render/answer.ts';
import { jsonLine } from '../text/plain-text.ts';
import type { RenderedText, Style } from '../text/style.ts';

/** The answer of any operation; each type has a field that no other has. */
export type PrintedAnswer =
  | Answer
  | LogAnswer
  | InitAnswer
  | TemplateAnswer
  | ConformanceAnswer
  | DoctorAnswer
  | PreflightAnswer;

export interface PrintOptions {
  readonly call: VerbCall;
  readonly json: boolean;
  readonly style: Style;
  readonly rendering: Rendering | undefined;
  /** The log was printed while it was followed, so its text is not printed again. */
  readonly isShown: boolean;
  readonly endedBy: string | undefined;
}

/** Prints the answer, as JSON or as text. @returns false if nobody reads the output any more */
export async function printAnswer(
  answer: PrintedAnswer,
  options: PrintOptions,
  cliProcess: CliProcess,
): Promise<boolean> {
  if (options.rendering === undefined && options.call.verb === 'watch') return true; // its lines are the answer
  if (options.rendering === undefined)
    return writeAnswer(cliProcess.stdout, options.json ? jsonLine(answer) : oneLineOf(answer));
  const text = await textOf(answer, options, options.rendering);
  const isTaken = await writeAnswer(cliProcess.stdout, text.out);
  await write(cliProcess.stderr, text.err);
  return isTaken;
}

/** The text of `ls --oneline`. If there is nothing to tell, not even an empty line: a prompt shows nothing then. */
function oneLineOf(answer: PrintedAnswer): string {
  const line = 'runs' in answer && answer.summary !== undefined ? summaryLine(answer.summary) : '';
  return line === '' ? '' : `${line}\n`;
}

/** Renderers that are seldom needed are loaded on demand. */
async function textOf(answer: PrintedAnswer, options: PrintOptions, rendering: Rendering): Promise<RenderedText> {
  const { call, style, endedBy } = options;
  if ('runs' in answer) return rendering.renderAnswer(call, answer, style, endedBy);
  if ('text' in answer) return rendering.renderLog(answer, style, options);
  if ('fixes' in answer) return rendering.renderPreflight(answer, style);
  if ('findings' in answer)
    return (await import('../render/reports/doctor-findings.ts')).renderDoctorFindings(answer, style);
  if ('promises' in answer) return (await import('../render/reports/conformance.ts')).renderConformance(answer, style);
  if ('script' in answer) return { out: answer.script, err: '' };
  return (await import('../render/reports/init.ts')).renderInit(answer, style);
}
