import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import * as fs from '../src/fs/index.ts';
import * as root from '../src/index.ts';
import * as text from '../src/text/index.ts';

// A name that appears or disappears here is a change of public API: it needs a changeset.
test('the root exports these names', () => {
  expect(Object.keys(root).sort()).toEqual([
    'ADVICE',
    'ATTENTIONS',
    'AttentionRecord',
    'DEFAULTS',
    'DEFAULT_POLICY',
    'DirectoryRecord',
    'DiskSize',
    'Duration',
    'EventRecord',
    'IdentityRecord',
    'LIVENESS',
    'LONGEST_MS',
    'LOOKS_BEFORE_HUNG',
    'Limit',
    'LogSize',
    'OUTCOMES',
    'OutcomeRecord',
    'PmError',
    'Policy',
    'REASONS',
    'ResidentRecord',
    'RunId',
    'RunRecord',
    'STATES',
    'StepName',
    'Survivor',
    'TraceRecord',
    'attemptPaths',
    'decodeAttempt',
    'decodeBeat',
    'decodeDeadline',
    'decodeEnding',
    'decodeIdentity',
    'decodeJson',
    'decodePid',
    'decodeStatus',
    'decodeTruncated',
    'directoryPaths',
    'encodeDeadline',
    'encodeEnding',
    'encodeIdentity',
    'encodeJson',
    'isRunId',
    'isStepName',
    'newRunId',
    'parseStepRef',
    'readerNameOf',
    'runPaths',
    'stepPaths',
  ]);
});

test('the fs subpath exports these names', () => {
  expect(Object.keys(fs).sort()).toEqual([
    'claim',
    'claimNumbers',
    'claimedSteps',
    'createRecord',
    'forgetDirectory',
    'isDirectory',
    'isOutOfRoom',
    'isOwnFolder',
    'isSameFile',
    'linkOnce',
    'makeFolder',
    'markSeen',
    'openDirectory',
    'openLog',
    'presentIn',
    'readAttempt',
    'readClaim',
    'readNumberedClaim',
    'readOutcome',
    'readRecord',
    'readRun',
    'readRunRecord',
    'readersOf',
    'refuseFile',
    'registerDirectory',
    'registeredDirectories',
    'removeClaim',
    'removeRun',
    'replaceRecord',
    'reserveRoom',
    'seenBy',
    'statOf',
    'sweep',
  ]);
});

test('the text subpath exports these names', () => {
  expect(Object.keys(text).sort()).toEqual([
    'DURATION',
    'describeIssue',
    'exactDuration',
    'formatDuration',
    'formatSize',
    'issuePath',
    'issueValue',
    'parseDuration',
    'parseSize',
    'roughDuration',
  ]);
});

test('the text subpath needs nothing at all', () => {
  const { packages } = reachableFrom(fileURLToPath(new URL('../src/text/index.ts', import.meta.url)));
  expect([...packages]).toEqual([]);
});

test('the root reaches no node: module, so it runs in a browser too', () => {
  const reached = reachableFrom(fileURLToPath(new URL('../src/index.ts', import.meta.url)));
  expect(reached.files.size).toBeGreaterThan(5);
  expect([...reached.packages].sort()).toEqual(['zod/mini']);
});

test('the fs subpath needs nothing but node: and zod', () => {
  const { packages } = reachableFrom(fileURLToPath(new URL('../src/fs/index.ts', import.meta.url)));
  expect([...packages].sort()).toEqual(['node:fs', 'node:path', 'zod/mini']);
});

interface Reached {
  readonly files: Set<string>;
  readonly packages: Set<string>;
}

function reachableFrom(file: string, reached: Reached = { files: new Set(), packages: new Set() }): Reached {
  if (reached.files.has(file)) return reached;
  reached.files.add(file);
  for (const [, specifier = ''] of readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)) {
    if (specifier.startsWith('.')) reachableFrom(fileURLToPath(new URL(specifier, `file://${file}`)), reached);
    else reached.packages.add(specifier);
  }
  return reached;
}
