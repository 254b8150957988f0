import * as z from 'zod/mini';
import { operation } from '../operation.ts';
import type { Context } from '../project/context.ts';
import { locateDirectory } from '../project/locate-directory.ts';
import { dir } from '../shape/fields.ts';
import { withinBudget } from '../wait/within-budget.ts';
import { clock, readClocks } from './clock.ts';
import { directory } from './directory.ts';
import { DoctorAnswer, type DoctorCheck, type DoctorFinding } from './doctor-answer.ts';
import { ENDINGS, endings, isNotified } from './endings.ts';
import { LINKS, links } from './links.ts';
import { notifications } from './notifications.ts';
import { enclosure, identity } from './pid-namespace.ts';
import { node, shell } from './programs.ts';
import { rehearse } from './rehearsal.ts';
import { ORPHANS, orphans, SURVIVAL, survival } from './survival.ts';
import { openTestBed, type TestBed } from './test-bed.ts';
import { TREE, tree } from './tree.ts';

/** The time for the runs, ms. A healthy machine needs two seconds; with cleaning up it is less than ten. */
const BUDGET_MS = 6_000;

// Why: contributing/decisions/2026-11-23-doctor-starts-real-runs.md
export const doctor = operation({
  name: 'doctor',
  summary: 'Test on this machine what pm promises, and report what does not hold here.',
  input: z.strictObject({ dir }),
  output: async () => DoctorAnswer,
  run: async (input, context) => {
    const where = locateDirectory(input.dir, context);
    const clocks = readClocks();
    const [ownDirectory, processIdentity] = [directory(where), identity()];
    const failure = [ownDirectory, processIdentity].find(({ result }) => result === 'fail');
    const done = failure === undefined ? await byDoing(where, context) : skipped([LINKS, ...BY_RUNS], failure.fact);
    const findings = [
      ownDirectory,
      processIdentity,
      ...done,
      clock(clocks, readClocks()),
      enclosure(),
      shell(context.env['PATH']),
      node(),
      ...[notifications(where) ?? []].flat(),
    ];
    return { dir: where, findings, next: [] };
  },
});

const BY_RUNS = [SURVIVAL, ENDINGS, ORPHANS, TREE];

async function byDoing(where: string, context: Context): Promise<DoctorFinding[]> {
  let place: TestBed;
  try {
    place = openTestBed(where, context);
  } catch (error) {
    return skipped([LINKS, ...BY_RUNS], messageOf(error));
  }
  try {
    const linked = links(place);
    return [linked, ...(linked.result === 'fail' ? skipped(BY_RUNS, linked.fact) : await byRuns(place, context))];
  } finally {
    await place.close();
  }
}

async function byRuns(place: TestBed, { signal }: Context): Promise<DoctorFinding[]> {
  let findings: DoctorFinding[] = [];
  await withinBudget(BUDGET_MS, signal, async (over) => {
    const heard = await isNotified(place);
    // One after the other: a scan of all processes at the same time would look like a late ending.
    const [rehearsed] = await Promise.allSettled([rehearse(place, over)]);
    const [stopped] = await Promise.allSettled([tree(place, over)]);
    const fromRehearsal =
      rehearsed.status === 'fulfilled'
        ? [survival(rehearsed.value), endings(rehearsed.value, heard), orphans(rehearsed.value)]
        : failed([SURVIVAL, ENDINGS, ORPHANS], rehearsed.reason);
    findings = [
      ...fromRehearsal,
      ...(stopped.status === 'fulfilled' ? [stopped.value] : failed([TREE], stopped.reason)),
    ];
  });
  return findings;
}

function skipped(questions: readonly DoctorCheck[], why: string): DoctorFinding[] {
  return questions.map((question) => ({ ...question, result: 'skip', fact: `not tried: ${why}` }));
}

/** The check itself has failed: it does not show that the promise holds, so it does not pass. */
function failed([first, ...others]: readonly DoctorCheck[], reason: unknown): DoctorFinding[] {
  if (first === undefined) return [];
  const fact = `the test failed: ${messageOf(reason)}`;
  return [
    { ...first, result: 'fail', fact, remedy: 'run it again with PM_DEBUG=1 to see where it failed' },
    ...skipped(others, messageOf(reason)),
  ];
}

function messageOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}
