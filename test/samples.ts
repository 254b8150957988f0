import { execFile } from 'node:child_process';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { ROOT } from './repository.ts';

/** What the project of a reader has beside the sample. Most samples need nothing. */
const PROJECTS: Readonly<Record<string, (folder: string) => void>> = {
  protocol: (folder) => cpSync(join(ROOT, 'packages/protocol/test/data/v1'), join(folder, '.pm'), { recursive: true }),
  preflight: (folder) => writeFileSync(join(folder, 'package.json'), '{"name":"sample"}'),
};

/** One program of a README. */
export interface Sample {
  readonly title: string;
  /** The package whose README it is in. */
  readonly from: string;
  readonly program: string;
  /** The block after it, if that has no language: what the program prints. `…` stands for any text, `/project` for the folder. */
  readonly output: string;
}

/** The samples of a README: its blocks of JavaScript or TypeScript. */
export function samplesIn(from: string, readme: string): Sample[] {
  const blocks = readme.matchAll(/^```(?:js|ts)\n(.*?)^```\n(?:\n```\n(.*?)^```\n)?/gms);
  return [...blocks].map(([, program = '', output = '…'], i) => ({
    title: `${from}, number ${i + 1}`,
    from,
    program,
    output,
  }));
}

/** Puts into a project what the samples of a package presuppose. */
export function prepareProject(project: string, from: string): void {
  PROJECTS[from]?.(project);
}

/** Runs a sample as it stands, and compares what it prints with what the README says. */
export async function runSample(project: string, { program, output }: Sample): Promise<void> {
  const file = join(project, 'program.mjs');
  writeFileSync(file, program);
  const env = { ...process.env, XDG_STATE_HOME: join(project, 'state'), DATABASE_URL: undefined };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [file], { cwd: project, env });
  expect(stderr).toBe('');
  expect(stdout).toMatch(patternOf(output.replaceAll('/project', project)));
}

/**
 * Expects that samples compile under `strict`, and that one beside them that breaks its types does not.
 * @param wrong a program whose second line is wrong
 */
export async function expectToCompile(project: string, samples: readonly Sample[], wrong: string): Promise<void> {
  const files = [
    ...samples.map(({ from, program }, i) => ({ name: `${i}-${from}.mts`, program })),
    { name: 'wrong.mts', program: wrong },
  ];
  for (const { name, program } of files) writeFileSync(join(project, name), program);
  const said = await compile(
    project,
    files.map(({ name }) => name),
  );
  expect(said).toMatch(/^wrong\.mts\(2,.*\n$/); // that one line and no other
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
  const options = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2023', '--types', 'node'];
  const call = promisify(execFile)(join(ROOT, 'node_modules/.bin/tsc'), [...options, ...files], { cwd });
  return call.then(
    ({ stdout }) => stdout,
    (error: { stdout?: string }) => error.stdout || String(error),
  );
}
