import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { built } from '@pm/testing';
import { test as base, expect } from 'vitest';
import { ROOT } from './repository.ts';

// Every program in the README of a package runs as it stands, prints what the README says, and compiles under `strict`.
// It meets the built packages as their users do, so build first: `npm test` has done so, `npm run build` does it alone.

const packages = readdirSync(join(ROOT, 'packages')).filter(isPublished);
const samples = packages.flatMap((name) =>
  samplesIn(name, readFileSync(join(ROOT, 'packages', name, 'README.md'), 'utf8')),
);

/** What the project of a reader has beside the sample. Most samples need nothing. */
const PROJECTS: Readonly<Record<string, (folder: string) => void>> = {
  protocol: (folder) => cpSync(join(ROOT, 'packages/protocol/test/data/v1'), join(folder, '.pm'), { recursive: true }),
  preflight: (folder) => writeFileSync(join(folder, 'package.json'), '{"name":"sample"}'),
};

/** One program of a README. */
interface Sample {
  readonly title: string;
  /** The package whose README it is in. */
  readonly from: string;
  readonly program: string;
  /** The block after it, if that has no language: what the program prints. `…` stands for any text, `/project` for the folder. */
  readonly output: string;
}

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

test.concurrent.for(samples)(
  'the program of $title runs as it stands',
  async ({ from, program, output }, { project, expect }) => {
    PROJECTS[from]?.(project);
    const file = join(project, 'program.mjs');
    writeFileSync(file, program);
    const env = { ...process.env, XDG_STATE_HOME: join(project, 'state'), DATABASE_URL: undefined };
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [file], { cwd: project, env });
    expect(stderr).toBe('');
    expect(stdout).toMatch(patternOf(output.replaceAll('/project', project)));
  },
);

test.concurrent('all of them compile under strict, and beside them one that breaks its types is found', async ({
  project,
  expect,
}) => {
  const wrong = { name: 'wrong.mts', program: "import { readClaim } from '@pm/protocol/fs';\nreadClaim(1);\n" };
  const files = [...samples.map(({ from, program }, i) => ({ name: `${i}-${from}.mts`, program })), wrong];
  for (const { name, program } of files) writeFileSync(join(project, name), program);
  const said = await compile(
    project,
    files.map(({ name }) => name),
  );
  expect(said).toMatch(/^wrong\.mts\(2,.*\n$/); // that one line and no other
});

function isPublished(name: string): boolean {
  return JSON.parse(readFileSync(join(ROOT, 'packages', name, 'package.json'), 'utf8')).private !== true;
}

/** The samples of a README: its blocks of JavaScript or TypeScript. */
function samplesIn(from: string, readme: string): Sample[] {
  const blocks = readme.matchAll(/^```(?:js|ts)\n(.*?)^```\n(?:\n```\n(.*?)^```\n)?/gms);
  return [...blocks].map(([, program = '', output = '…'], i) => ({
    title: `${from}, number ${i + 1}`,
    from,
    program,
    output,
  }));
}

/** Puts the built packages where a program in this folder finds them, each by its published name. */
function installInto(folder: string): void {
  mkdirSync(join(folder, 'node_modules/@pm'), { recursive: true });
  for (const name of packages) symlinkSync(join(ROOT, 'packages', name), join(folder, 'node_modules/@pm', name));
  symlinkSync(join(ROOT, 'node_modules/@types'), join(folder, 'node_modules/@types'));
}

function patternOf(output: string): RegExp {
  const parts = output
    .trimEnd()
    .split('…')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}\\n$`, parts.length === 1 ? '' : 's');
}

/** What the compiler has to say about these files, seen by a user who checks strictly. */
async function compile(cwd: string, files: readonly string[]): Promise<string> {
  const options = [
    '--strict',
    '--noEmit',
    '--module',
    'nodenext',
    '--target',
    'es2023',
    '--types',
    'node',
    '--skipLibCheck',
  ];
  const call = promisify(execFile)(join(ROOT, 'node_modules/.bin/tsc'), [...options, ...files], { cwd });
  return call.then(
    ({ stdout }) => stdout,
    (error: { stdout?: string }) => error.stdout || String(error),
  );
}
