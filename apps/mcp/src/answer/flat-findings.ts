import type { CheckFinding, PreflightAnswer } from '@pm/operations';
import { toolCalls } from '../tools/next-call.ts';
import { bytesOf, firstOf, fitted } from './fit.ts';
import type { FlatRun } from './flat-run.ts';
import { plainValue } from './plain.ts';

/** An answer about findings, as JSON, and one of them. */
const MOST_BYTES = 2_000;
const FINDING_BYTES = 600;
/** What was carried out, and the calls. */
const FIXES_BYTES = 500;
const CALLS_BYTES = 500;

/** Findings as one object: what is wrong first; what is well is counted. Of many the first, and the call that tells the others. */
export function flatFindings(
  { findings, fixes, next }: PreflightAnswer,
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const amiss = findings.filter((finding) => !isWell(finding)).map(shortFinding);
  const done = fixes.map((fix) => fitted(plainValue(fix) as FlatRun, FINDING_BYTES));
  const calls = toolCalls(next);
  const facts = (shown: readonly FlatRun[]): FlatRun => {
    const left = amiss.length - shown.length;
    const again = { tool: 'run_preflight', arguments: given, why: `${left} more, once these are mended` };
    const worthMaking = firstOf([...calls, ...(left > 0 ? [again] : [])], CALLS_BYTES);
    return {
      passed: findings.filter(isWell).length,
      failed: findings.filter(({ state }) => state === 'fail').length,
      findings: shown,
      ...(left > 0 && { omitted: left }),
      ...(done.length > 0 && { fixes: firstOf(done, FIXES_BYTES) }),
      advice: findings.some(({ state }) => state === 'fail') ? 'fix' : 'proceed',
      ...(worthMaking.length > 0 && { next: plainValue(worthMaking) }),
    };
  };
  let count = amiss.length;
  while (count > 0 && bytesOf(facts(amiss.slice(0, count))) > MOST_BYTES) count -= 1;
  return facts(amiss.slice(0, count));
}

function isWell({ state }: CheckFinding): boolean {
  return state === 'pass' || state === 'skip';
}

/** What would mend it is a command: whole or not at all. */
function shortFinding(finding: CheckFinding): FlatRun {
  const { remedies, ...rest } = plainValue(finding) as FlatRun;
  const short = fitted(rest, FINDING_BYTES / 2);
  const whole = { ...short, ...(remedies !== undefined && { remedies }) };
  return bytesOf(whole) <= FINDING_BYTES ? whole : short;
}
