import { mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { built } from '@pm/testing';
import { test as base, expect } from 'vitest';
import { ROOT } from './repository.ts';
import { expectToCompile, prepareProject, runSample, samplesIn } from './samples.ts';

// Every program in the README of a package runs as it stands, prints what the README says, and compiles under `strict`.
// It meets the built packages as their users do, so build first: `npm test` has done so, `npm run build` does it alone.

const packages = readdirSync(join(ROOT, 'packages')).filter(isPublished);
const samples = packages.flatMap((name) =>
  samplesIn(name, readFileSync(join(ROOT, 'packages', name, 'README.md'), 'utf8')),
);

const test = base.extend<{ project: string }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the names of what a fixture needs from this pattern
  project: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'pm-readme-'));
    try {
      installInto(folder);
      await use(folder);
    } finally {
      await rm(folder, { recursive: true, force: true, maxRetries: 50 }); // a wrapper may still be tidying up
    }
  },
});

test.for(packages)('the README of %s shows a program, and its package is built', (name) => {
  expect(samples.map(({ from }) => from)).toContain(name);
  built(join(ROOT, 'packages', name, 'dist/index.js'));
});

test.concurrent.for(samples)('the program of $title runs as it stands', async (sample, { project }) => {
  prepareProject(project, sample.from);
  await runSample(project, sample);
});

test.concurrent('all of them compile under strict, and beside them one that breaks its types is found', async ({
  project,
}) => {
  await expectToCompile(project, samples, "import { readClaim } from '@pm/protocol/fs';\nreadClaim(1);\n");
});

function isPublished(name: string): boolean {
  return JSON.parse(readFileSync(join(ROOT, 'packages', name, 'package.json'), 'utf8')).private !== true;
}

/** Puts the built packages where a program in this folder finds them, each by its published name. */
function installInto(folder: string): void {
  mkdirSync(join(folder, 'node_modules/@pm'), { recursive: true });
  for (const name of packages) symlinkSync(join(ROOT, 'packages', name), join(folder, 'node_modules/@pm', name));
  symlinkSync(join(ROOT, 'node_modules/@types'), join(folder, 'node_modules/@types'));
}
