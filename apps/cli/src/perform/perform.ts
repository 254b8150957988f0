import {
  type Answer,
  type Context,
  type DoctorAnswer,
  type InitAnswer,
  type LogAnswer,
  type OperationName,
  operations,
  type PreflightAnswer,
  type TemplateAnswer,
} from '@pm/operations';
import type { Call, Ending } from '../call/call.ts';
import { exitCodeOf, exitCodeOfFindings, exitCodeOfPreflight } from '../call/exit-codes.ts';
import { VERBS } from '../call/verbs.ts';
import { PROGRAM } from '../call/version.ts';
import { flagsOf } from '../parse/flags.ts';
import { inputFault } from '../parse/input-fault.ts';
import { parseCall } from '../parse/parse-call.ts';
import type { Issue, Schema } from '../parse/schema.ts';
import { listen, numberOf } from '../process/interruptions.ts';
import { invocationOf, styleOf, terminalOf } from '../process/terminal.ts';
import type { World } from '../process/world.ts';
import { deliver, write } from '../process/write.ts';
import type { Rendering } from '../render/answer.ts';
import { residentCall } from '../resident-call.ts';
import { jsonLine } from '../text/json.ts';
import type { RenderedText, Style } from '../text/style.ts';
import { answerOrLeave } from './answer-or-leave.ts';
import { type Reporter, reporterOf } from './reporter.ts';

/** Whatever an operation answers; each is known by a field that no other has. */
type AnyAnswer = Answer | LogAnswer | InitAnswer | TemplateAnswer | DoctorAnswer | PreflightAnswer;

/** Any operation, once its input has passed its own schema. */
interface AnyOperation {
  readonly input: Schema & {
    readonly safeParse: (
      input: unknown,
    ) => { success: true; data: unknown } | { success: false; error: { issues: readonly Issue[] } };
  };
  readonly run: (input: never, context: Context) => Promise<AnyAnswer>;
}

const ENDING = 'pm: ending the job; once more skips its grace period\n';

/** Carries out one verb: words in, an answer or a fault out. */
export async function perform(verb: OperationName, argv: readonly string[], world: World): Promise<Ending> {
  const operation: AnyOperation = await operations[verb]();
  const invocation = invocationOf(world.argv);
  const flags = flagsOf(operation.input);
  const { json, ...call } = parseCall({ verb, form: VERBS[verb], flags, argv, invocation });
  const parsed = operation.input.safeParse(call.input);
  if (!parsed.success) throw inputFault(call, flags, parsed.error.issues, invocation);

  const interruptions = listen(verb, world, (wish) => {
    if (verb === 'run' && wish === 'end') void write(world.stderr, ENDING);
  });
  const opening = openStage(call, json, world);
  const afterwards: (() => void)[] = [];
  const resident = residentCall(world.execPath);
  const context: Context = {
    cwd: world.cwd(),
    env: world.env,
    signal: interruptions.end,
    force: interruptions.force,
    report: async (event) => (await opening).reporter.report(event),
    ...(resident !== undefined && { resident }),
    program: PROGRAM,
    invocation,
    answered: (work) => void afterwards.push(work),
    tty: () => terminalOf(world),
  };
  const running = operation.run(parsed.data as never, context);
  running.catch(() => {}); // told below; until then it must not count as unhandled
  const { style, rendering, reporter } = await opening;
  try {
    const answer = await answerOrLeave(running, { call, invocation, interruptions, reporter });
    if (answer === 'unread') return { status: 0, left: true };
    const endedBy = interruptions.first();
    await reporter.erase();
    const isTaken = await present(answer, { call, style, rendering, isShown: reporter.hasShown(), endedBy }, world);
    if (isTaken) for (const work of afterwards) work();
    const status = statusOf(call, answer, endedBy && numberOf(endedBy));
    return { status, left: isLeft(answer), answered: true };
  } finally {
    await reporter.erase();
    interruptions.dispose();
  }
}

function statusOf(call: Call, answer: AnyAnswer, endedBy: number | undefined): number {
  if ('runs' in answer) return exitCodeOf(call, answer, endedBy);
  if ('text' in answer) return endedBy === undefined ? 0 : 128 + endedBy;
  if ('fixes' in answer) return exitCodeOfPreflight(answer);
  return 'findings' in answer ? exitCodeOfFindings(answer.findings) : 0;
}

/**
 * A check may have left work behind that nobody waits for any more: a connection, a program. Only what holds a thread of Node's pool is
 * waited for even so (a name that is looked up, a disk that does not answer): an exit joins the threads. The answer is out by then.
 */
function isLeft(answer: AnyAnswer): boolean {
  return 'fixes' in answer || ('runs' in answer && answer.findings !== undefined);
}

interface Stage {
  readonly style: Style;
  readonly rendering: Rendering | undefined;
  readonly reporter: Reporter;
}

/**
 * Terminal and renderer take 4 ms to load, which the operation's first step need not wait for: it has spawned by the next turn.
 * They are loaded before the wait, not after it: the build that is waited for may be the one that replaces this program.
 */
async function openStage(call: Call, json: boolean, world: World): Promise<Stage> {
  await new Promise((resolve) => setImmediate(resolve));
  const rendering = json ? undefined : await import('../render/answer.ts');
  const style = styleOf(world.stdout, world, Date.now());
  return { style, rendering, reporter: reporterOf(call, rendering, style, world) };
}

interface Manner {
  readonly call: Call;
  readonly style: Style;
  readonly rendering: Rendering | undefined;
  /** The text of a log has been shown while it was followed. */
  readonly isShown: boolean;
  readonly endedBy: string | undefined;
}

/** False: nobody read it. */
async function present(answer: AnyAnswer, manner: Manner, world: World): Promise<boolean> {
  if (manner.rendering === undefined && manner.call.verb === 'watch') return true; // its lines are the answer
  if (manner.rendering === undefined) return deliver(world.stdout, jsonLine(answer));
  const text = await textOf(answer, manner, manner.rendering);
  const isTaken = await deliver(world.stdout, text.out);
  await write(world.stderr, text.err);
  return isTaken;
}

/** What is seldom asked for is loaded when it is. */
async function textOf(answer: AnyAnswer, manner: Manner, rendering: Rendering): Promise<RenderedText> {
  const { call, style, endedBy } = manner;
  if ('runs' in answer) return rendering.renderAnswer(call, answer, style, endedBy);
  if ('text' in answer) return rendering.renderLog(answer, style, manner);
  if ('fixes' in answer) return rendering.renderPreflight(answer, style);
  if ('findings' in answer) return (await import('../render/doctor-findings.ts')).renderFindings(answer, style);
  if ('script' in answer) return { out: answer.script, err: '' };
  return (await import('../render/init.ts')).renderInit(answer, style);
}
