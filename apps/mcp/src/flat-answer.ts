import type { Answer, CheckFinding, PreflightAnswer } from '@pm/operations';
import { bytesOf, type FlatRun, fitted, flatRun, fullRun, shortRun } from './flat-run.ts';
import { toolCalls } from './next-call.ts';
import { plainValue } from './plain.ts';
import { TOOLS, type Tool, type ToolName } from './tools.ts';

/** An answer about one run, as JSON. */
const RUN_BYTES = 2_000;
/** Runs in a list, and what they may fill together. */
const MOST_RUNS = 20;
const LIST_BYTES = 8_000;

/**
 * An answer as one flat object: some hosts give a model nothing but this. Of one run its facts are the object's own; several are in
 * `runs`. Whatever it says, there is `advice` or a `next` call in it.
 */
export function flatAnswer(name: ToolName, answer: Answer): Record<string, unknown> {
  const { answers }: Tool = TOOLS[name];
  const [first] = answer.runs;
  const [breaker] = answer.breakers ?? [];
  if (breaker !== undefined) return withAdvice(plainValue({ ...breaker, ...aboutAll(answer) }) as FlatRun);
  const isOne = answers !== 'list' && answer.runs.length === 1 && first !== undefined;
  const about = plainValue(aboutAll(answer)) as FlatRun;
  if (!isOne) return withAdvice({ ...listed(answer, answers === 'list'), ...about });
  const facts = plainValue(TOOLS[name].operation === 'status' ? fullRun(first) : flatRun(first)) as FlatRun;
  return withAdvice({ ...fitted(facts, RUN_BYTES - bytesOf(about)), ...about });
}

/** Findings as one object: what is wrong first; what is well is counted. */
export function flatFindings({ findings, fixes, next }: PreflightAnswer): Record<string, unknown> {
  const calls = toolCalls(next);
  const isWell = ({ state }: CheckFinding): boolean => state === 'pass' || state === 'skip';
  const shown = findings.filter((finding) => !isWell(finding)).slice(0, MOST_RUNS);
  const facts = {
    passed: findings.filter(isWell).length,
    failed: findings.filter(({ state }) => state === 'fail').length,
    findings: shown,
    ...(fixes.length > 0 && { fixes }),
    advice: findings.some(({ state }) => state === 'fail') ? 'fix' : 'proceed',
    ...(calls.length > 0 && { next: calls }),
  };
  return plainValue(facts) as Record<string, unknown>;
}

/** What is said of the answer as a whole. */
function aboutAll({ alreadyRunning, budgetOver, notes, malformed, next }: Answer): FlatRun {
  const calls = toolCalls(next);
  return {
    ...(alreadyRunning === true && { alreadyRunning }),
    ...(budgetOver === true && { budgetOver }),
    ...(notes !== undefined && { notes }),
    ...(malformed !== undefined && { malformed }),
    ...(calls.length > 0 && { next: calls.slice(0, MOST_RUNS) }),
  };
}

function listed({ runs }: Answer, isShort: boolean): FlatRun {
  const shown: FlatRun[] = [];
  let bytes = 0;
  for (const run of runs.slice(0, MOST_RUNS)) {
    const isEnding = run.state === 'ended' && (!isShort || run.unseen === true) && run.outcome !== 'success';
    const facts = plainValue(isEnding ? flatRun(run) : shortRun(run)) as FlatRun;
    const fitting = fitted(facts, Math.min(RUN_BYTES, LIST_BYTES - bytes));
    bytes += bytesOf(fitting);
    if (bytes > LIST_BYTES && shown.length > 0) break;
    shown.push(fitting);
  }
  const omitted = runs.length - shown.length;
  return { runs: shown, ...(omitted > 0 && { omitted }) };
}

/** Nothing to fix and nothing to call is an advice too. */
function withAdvice(facts: FlatRun): Record<string, unknown> {
  const isEnough = facts['advice'] !== undefined || facts['next'] !== undefined;
  return isEnough ? facts : { ...facts, advice: 'proceed' };
}
