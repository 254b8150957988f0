import { mkdirSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KeptPromise } from './conformance-answer.ts';
import { JOB_MISSING } from './probes.ts';
import { PROMISES, type PromiseName } from './promises.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';
import { openWriter, type WriterSpec } from './writer.ts';

/**
 * Tests the promises of a writer in a temporary folder, one scenario after the other. Ends everything that it starts.
 * @param only the scenarios with one of these promises; all unless given
 */
export async function testWriter(
  spec: Omit<WriterSpec, 'folder'>,
  only?: readonly PromiseName[],
): Promise<KeptPromise[]> {
  const folder = mkdtempSync(join(tmpdir(), 'pm-conformance-'));
  const promises: KeptPromise[] = [];
  try {
    for (const [i, scenario] of SCENARIOS.entries()) {
      if (i > 0 && promises.some(({ evidence }) => evidence === JOB_MISSING)) {
        promises.push(...notTested(scenario, `not tested: ${JOB_MISSING}`));
        continue;
      }
      if (only !== undefined && !scenario.promises.some((promise) => only.includes(promise))) continue;
      promises.push(...(await playedIn({ ...spec, folder: join(folder, String(i)) }, scenario)));
    }
    return promises;
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 50, retryDelay: 20 });
  }
}

/** A writer that does not run the command at all is not asked again and again: each time somebody would wait for half a minute. */
function notTested({ promises }: Scenario, evidence: string): KeptPromise[] {
  return promises.map((promise) => {
    const [level, what] = PROMISES[promise];
    return { promise, level, what, kept: false, evidence };
  });
}

/** Plays one scenario. What comes after a missed promise was not seen, so it is not kept either. */
async function playedIn(spec: WriterSpec, { promises, play }: Scenario): Promise<KeptPromise[]> {
  mkdirSync(spec.folder);
  const { begin, close } = openWriter(spec);
  const evidence: string[] = [];
  let fault = 'it was not seen';
  try {
    await play(begin, (seen) => void evidence.push(seen));
  } catch (error) {
    fault = error instanceof Error ? error.message : String(error);
  } finally {
    await close();
  }
  return promises.map((promise, i) => {
    const [level, what] = PROMISES[promise];
    const seen = evidence[i];
    const missed = i === evidence.length ? fault : `not tested: ${promises[evidence.length]} was missed`;
    return { promise, level, what, kept: seen !== undefined, evidence: seen ?? missed };
  });
}
