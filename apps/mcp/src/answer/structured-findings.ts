import type { FindingView, PreflightAnswer } from '@pm/operations';
import { nextToolCalls } from '../tools/to-tool-calls.ts';
import { firstWithin, jsonBytes, shorten } from './shorten.ts';
import type { StructuredContent } from './structured-run.ts';
import { visibleValue } from './visible-text.ts';

/** Bytes of JSON for all findings, and for one. */
const MOST_BYTES = 2_000;
const FINDING_BYTES = 600;
/** Bytes for the applied fixes, and for the calls. */
const FIXES_BYTES = 500;
const CALLS_BYTES = 500;

/** Findings as `structuredContent`: the failed ones and warnings in full, passed ones as a count. If they do not fit, `next` has the call that shows the rest. */
export function structuredFindings(
  { findings, fixes, next }: PreflightAnswer,
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const problems = findings.filter((finding) => !isFine(finding)).map(shortFinding);
  const done = fixes.map((fix) => shorten(visibleValue(fix) as StructuredContent, FINDING_BYTES));
  const calls = nextToolCalls(next);
  const facts = (shown: readonly StructuredContent[]): StructuredContent => {
    const left = problems.length - shown.length;
    const again = { tool: 'run_preflight', arguments: given, why: `${left} more findings, when these are fixed` };
    const worthMaking = firstWithin([...calls, ...(left > 0 ? [again] : [])], CALLS_BYTES);
    return {
      passed: findings.filter(isFine).length,
      failed: findings.filter(({ state }) => state === 'fail').length,
      findings: shown,
      ...(left > 0 && { omitted: left }),
      ...(done.length > 0 && { fixes: firstWithin(done, FIXES_BYTES) }),
      advice: findings.some(({ state }) => state === 'fail') ? 'fix' : 'proceed',
      ...(worthMaking.length > 0 && { next: visibleValue(worthMaking) }),
    };
  };
  let count = problems.length;
  while (count > 0 && jsonBytes(facts(problems.slice(0, count))) > MOST_BYTES) count -= 1;
  return facts(problems.slice(0, count));
}

function isFine({ state }: FindingView): boolean {
  return state === 'pass' || state === 'skip';
}

/** One finding. Its remedies are commands, so they are kept whole or left out. */
function shortFinding(finding: FindingView): StructuredContent {
  const { remedies, ...rest } = visibleValue(finding) as StructuredContent;
  const short = shorten(rest, FINDING_BYTES / 2);
  const whole = { ...short, ...(remedies !== undefined && { remedies }) };
  return jsonBytes(whole) <= FINDING_BYTES ? whole : short;
}
