import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import * as fs from '../src/fs/index.ts';
import * as root from '../src/index.ts';
import * as text from '../src/text/index.ts';

// A name that appears or disappears here is a change of public API: it needs a changeset.
const NAMES = {
  root: [
    'ADVICE',
    'ATTENTIONS',
    'AttentionEventRecord',
    'AttentionRecord',
    'CHUNK_BYTES',
    'DEFAULTS',
    'DEFAULT_POLICY',
    'DELIVERY_ENDS',
    'DeliveryEndRecord',
    'DeliveryTryRecord',
    'DiskSize',
    'Duration',
    'FailedTryRecord',
    'FailingRecord',
    'IdentityRecord',
    'LIVENESS',
    'LONGEST_MS',
    'LOOKS_BEFORE_HUNG',
    'Limit',
    'LogSize',
    'NOTIFIABLE',
    'NotificationPlanRecord',
    'NotificationSecretsRecord',
    'OUTCOMES',
    'OutcomeRecord',
    'PmError',
    'Policy',
    'QueuedRecord',
    'REASONS',
    'RESTARTS',
    'ReadyRecord',
    'ResidentRecord',
    'RunRecord',
    'STATES',
    'StepName',
    'Survivor',
    'TARGET_KINDS',
    'TraceRecord',
    'attemptPaths',
    'decodeDelayed',
    'decodeEnding',
    'decodeIdentity',
    'decodeJson',
    'decodeLogChunk',
    'decodePid',
    'decodeReplaced',
    'decodeReport',
    'decodeSaidStatus',
    'decodeStatus',
    'decodeTruncated',
    'directoryPaths',
    'encodeDeadline',
    'encodeEnding',
    'encodeIdentity',
    'encodeJson',
    'encodeLease',
    'isRunId',
    'isStepName',
    'newRunId',
    'parseStepRef',
    'readerNameOf',
    'readyPath',
    'runPaths',
    'stateFolder',
    'stepPaths',
  ],
  fs: [
    'addQueued',
    'addWork',
    'claim',
    'claimNumbers',
    'claimedSteps',
    'closeWork',
    'createRecord',
    'forgetDirectory',
    'hasQueued',
    'isDirectory',
    'isOutOfRoom',
    'isOwnFolder',
    'isRegistered',
    'isSameFile',
    'keepReport',
    'linkOnce',
    'makeFolder',
    'markSeen',
    'markWaiting',
    'namesIn',
    'openDirectory',
    'openLog',
    'openWork',
    'presentIn',
    'queuedSteps',
    'readAttempt',
    'readClaim',
    'readLease',
    'readNumberedClaim',
    'readOutcome',
    'readQueued',
    'readReadiness',
    'readRecord',
    'readReport',
    'readRun',
    'readRunRecord',
    'readersOf',
    'refuseFile',
    'registerDirectory',
    'registeredDirectories',
    'removeClaim',
    'removeQueued',
    'removeRun',
    'replaceRecord',
    'reserveRoom',
    'seenBy',
    'statOf',
    'sweep',
    'waitersOf',
    'watchFolders',
  ],
  text: [
    'describeIssue',
    'durationMeant',
    'exactDuration',
    'formatDuration',
    'formatSize',
    'issuePath',
    'issueValue',
    'parseDuration',
    'quote',
    'roughDuration',
    'sizeMeant',
    'withCount',
  ],
};

describe.each([
  ['@pm/protocol', root, NAMES.root, 'index.js'],
  ['@pm/protocol/fs', fs, NAMES.fs, 'fs/index.js'],
  ['@pm/protocol/text', text, NAMES.text, 'text/index.js'],
] as const)('%s', (_, source, names, file) => {
  const built = new URL(`../dist/${file}`, import.meta.url);

  test('the source exports these names', () => {
    expect(Object.keys(source).sort()).toEqual(names);
  });

  test.skipIf(!existsSync(built))('the built file exports the same names (build first)', async () => {
    const exported = (await import(built.href)) as object;
    expect(Object.keys(exported).sort(), 'dist may be older than the source: build first').toEqual(names);
  });
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
