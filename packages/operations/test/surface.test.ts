import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

// A name that appears or disappears here is a change of public API: it needs a changeset.
// What is listed is used by an app, an example or a guide. Types follow values.
const SURFACE: Readonly<Record<string, { readonly values: readonly string[]; readonly types: readonly string[] }>> = {
  index: {
    values: [
      'bounds',
      'closeInherited',
      'cutMiddle',
      'dataForCommand',
      'decisiveLines',
      'describeIssue',
      'descriptions',
      'durationMeant',
      'environmentFault',
      'formatDuration',
      'formatSize',
      'history',
      'issuePath',
      'lastingFolders',
      'onlyLooks',
      'operations',
      'overview',
      'ownSecret',
      'plainText',
      'processes',
      'quote',
      'rawLog',
      'rememberAncestors',
      'residentCall',
      'roughDuration',
      'sizeMeant',
      'stateFolder',
      'stepNames',
      'transitions',
      'withCount',
    ],
    types: [
      'Answer',
      'BatchEnding',
      'BatchProgress',
      'BatchView',
      'BreakerView',
      'ConformanceAnswer',
      'Context',
      'DoctorAnswer',
      'DoctorFinding',
      'FindingView',
      'HolderView',
      'InitAnswer',
      'Issue',
      'KnownNames',
      'LogAnswer',
      'LogMatches',
      'LogPlace',
      'LogRange',
      'LogSearch',
      'LogWindow',
      'Next',
      'OperationEvent',
      'OperationName',
      'OverviewAll',
      'OverviewBreaker',
      'OverviewEvent',
      'OverviewOptions',
      'OverviewRun',
      'OverviewUsage',
      'PastRun',
      'PastRuns',
      'PreflightAnswer',
      'Pruned',
      'QueueView',
      'RunView',
      'TemplateAnswer',
      'Transition',
    ],
  },
  contract: { values: ['frontendContract'], types: ['FrontendAnswer'] },
  'overview/overview-state': {
    values: ['NOTHING_SEEN', 'applyOverview', 'cpuRates', 'runNow', 'samplesAfter', 'wholeOverview'],
    types: ['OverviewState', 'SeenRun', 'UsageSample', 'UsageSamples'],
  },
  'raw-log/styled-line': { values: ['PLAIN', 'styledLine'], types: ['StyledPiece', 'TerminalColour', 'TextStyle'] },
  resident: { values: ['residentMain'], types: [] },
  words: {
    values: [
      'attemptsMade',
      'attentionOf',
      'cpuLabel',
      'elapsedLabel',
      'exactDuration',
      'formatDuration',
      'formatSize',
      'isLive',
      'isRunning',
      'memoryLabel',
      'progressShare',
      'remainingLabel',
      'roughDuration',
      'runName',
      'runSign',
      'stateLabel',
      'summaryLine',
      'usualLabel',
      'withCount',
    ],
    types: ['RunSign'],
  },
};

test.each(Object.entries(SURFACE))('the source of %s exports these names', async (entry, { values, types }) => {
  const source = new URL(`../src/${entry}.ts`, import.meta.url);
  expect(Object.keys(await import(source.href)).sort()).toEqual(values);
  expect(typesOf(readFileSync(source, 'utf8'))).toEqual(types);
});

test.each(Object.entries(SURFACE))('the built %s exports the same names (build first)', async (entry, { values }) => {
  const built = new URL(`../dist/${entry}.js`, import.meta.url);
  expect(Object.keys(await import(built.href)).sort(), 'dist may be older than the source: build first').toEqual(
    values,
  );
});

test('every operation has the name that it is listed under', async () => {
  const { operations } = await import('../src/index.ts');
  for (const [name, load] of Object.entries(operations)) expect((await load()).name).toBe(name);
});

function typesOf(text: string): string[] {
  const lists = [...text.matchAll(/^export (type )?\{([^}]*)\}/gm)].flatMap(([, isType, names = '']) =>
    names.split(',').flatMap((name) => {
      const [, type, word] = /^(type )?(\w+)$/.exec(name.trim()) ?? [];
      return word !== undefined && (isType ?? type) !== undefined ? [word] : [];
    }),
  );
  const own = [...text.matchAll(/^export (?:type|interface) (\w+)/gm)].map(([, name = '']) => name);
  return [...lists, ...own].sort();
}
