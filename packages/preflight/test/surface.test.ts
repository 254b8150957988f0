import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as diagnose from '../src/diagnose/diagnose.ts';
import * as root from '../src/index.ts';

// A name that appears or disappears here is a change of public API: it needs a changeset.
const ROOT = [
  'BUILT_IN',
  'CommonOptions',
  'applyFixes',
  'askUntilPassed',
  'hashFindings',
  'planFixes',
  'prepareChecks',
  'projectFolders',
  'redact',
  'redactArgv',
  'runChecks',
  'shebang',
  'withDetected',
];

describe.each([
  ['@pm/preflight', root, 'dist/index.js', ROOT],
  ['@pm/preflight/diagnose', diagnose, 'dist/diagnose/diagnose.js', ['likelyCause']],
])('%s', (_, source, file, names) => {
  const built = new URL(`../${file}`, import.meta.url);

  test('its source exports these names', () => {
    expect(Object.keys(source).sort()).toEqual(names);
  });

  test.skipIf(!existsSync(built))('its built file exports the same names (build first)', async () => {
    const module = (await import(built.href)) as object;
    expect(Object.keys(module).sort(), 'dist may be older than the source: build first').toEqual(names);
  });
});
