import type { FindingView, PreflightAnswer } from '@pm/operations';
import { nextToolCalls } from '../tools/tool-terms.ts';
import { firstWithin, jsonBytes, shorten } from './shorten.ts';
import type { StructuredContent } from './structured-run.ts';
import { visibleValue } from './visible-text.ts';

/** An answer about findings, as JSON, and one of them. */
const MOST_BYTES = 2_000;
const FINDING_BYTES = 600;
/** What was carried out, and the calls. */
const FIXES_BYTES = 500;
const CALLS_BYTES = 500;

/** Findings as one object: what is wrong first; what is well is counted. Of many the first, and the call that tells the others. */
export function structuredFindings(
  { findings, fixes, next }: PreflightAnswer,
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const amiss = findings.filter((finding) => !isWell(finding)).map(shortFinding);
  const done = fixes.map((fix) => shorten(visibleValue(fix) as StructuredContent, FINDING_BYTES));
  const calls = nextToolCalls(next);
  const facts = (shown: readonly StructuredContent[]): StructuredContent => {
    const left = amiss.length - shown.length;
    const again = { tool: 'run_preflight', arguments: given, why: `${left} more, once these are mended` };
    const worthMaking = firstWithin([...calls, ...(left > 0 ? [again] : [])], CALLS_BYTES);
    return {
      passed: findings.filter(isWell).length,
      failed: findings.filter(({ state }) => state === 'fail').length,
      findings: shown,
      ...(left > 0 && { omitted: left }),
      ...(done.length > 0 && { fixes: firstWithin(done, FIXES_BYTES) }),
      advice: findings.some(({ state }) => state === 'fail') ? 'fix' : 'proceed',
      ...(worthMaking.length > 0 && { next: visibleValue(worthMaking) }),
    };
  };
  let count = amiss.length;
  while (count > 0 && jsonBytes(facts(amiss.slice(0, count))) > MOST_BYTES) count -= 1;
  return facts(amiss.slice(0, count));
}

function isWell({ state }: FindingView): boolean {
  return state === 'pass' || state === 'skip';
}

/** What would mend it is a command: whole or not at all. */
function shortFinding(finding: FindingView): StructuredContent {
  const { remedies, ...rest } = visibleValue(finding) as StructuredContent;
  const short = shorten(rest, FINDING_BYTES / 2);
  const whole = { ...short, ...(remedies !== undefined && { remedies }) };
  return jsonBytes(whole) <= FINDING_BYTES ? whole : short;
}
