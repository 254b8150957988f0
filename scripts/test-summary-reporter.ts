import { mkdirSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';

/** What one run of vitest leaves in `.tests/summary.json` of the package it ran in; `scripts/test-summary.mjs` adds them up. */
export interface TestSummary {
  readonly passed: number;
  readonly failed: number;
  /** Sum of the seconds that the files took, as vitest prints it behind `tests`. */
  readonly seconds: number;
  /** Skipped tests by file, each with its full name. */
  readonly skipped: Readonly<Record<string, readonly string[]>>;
}

/** Writes that summary where turbo runs the tests; a run of some files by hand leaves none. */
export class TestSummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    if (process.env['TURBO_HASH'] === undefined) return;
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const countOf = (state: string): number => tests.filter((test) => test.result().state === state).length;
    const unloadable = modules.filter((module) => module.errors().length > 0).length;
    const summary: TestSummary = {
      passed: countOf('passed'),
      failed: countOf('failed') + unloadable,
      seconds: modules.reduce((sum, module) => sum + module.diagnostic().duration, 0) / 1000,
      skipped: Object.fromEntries(modules.flatMap(skippedIn)),
    };
    mkdirSync('.tests', { recursive: true });
    writeFileSync('.tests/summary.json', `${JSON.stringify(summary, null, 1)}\n`);
  }
}

function skippedIn(module: TestModule): [string, string[]][] {
  const titles = [...module.children.allTests('skipped')].map(({ fullName }) => fullName);
  return titles.length === 0 ? [] : [[relative(process.cwd(), module.moduleId), titles]];
}
