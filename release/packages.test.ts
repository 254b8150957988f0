import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { isNeeded } from '../test/needed-files.ts';
import { ROOT } from '../test/repository.ts';
import { expectToCompile, prepareProject, runSample, type Sample, samplesIn } from '../test/samples.ts';
import { run } from './rehearsal.ts';

// Each package as a stranger gets it: in an empty project, from a registry that holds nothing else of ours.

const { first } = inject('released');
const names = Object.keys(first).filter((name) => !['@pm/cli', '@pm/mcp'].includes(name));

describe.each(names)('%s, alone in an empty project', (name) => {
  const short = name.slice('@pm/'.length);
  const project = join(inject('place'), `project-${short}`);
  const home = join(project, 'node_modules', name);
  const readme = readFileSync(join(ROOT, `packages/${short}/README.md`), 'utf8');
  const samples = samplesIn(short, readme);

  test('is installed with nothing but what it needs, and what its README says that the sample needs', () => {
    const [, others = ''] = /needs? (`@pm\/[^.]*)/.exec(readme) ?? [];
    const asked = [name, ...[...others.matchAll(/@pm\/\w+/g)].map(String)].map((one) => `${one}@${first[one]}`);
    mkdirSync(project);
    writeFileSync(join(project, 'package.json'), '{"name":"empty","private":true}');
    run(project, inject('registryEnv'), 'npm', 'install', ...asked, '@types/node@20');
    const { dependencies = {}, version } = manifestOf(home);
    expect(version).toBe(first[name]);
    for (const [needed, range] of Object.entries(dependencies)) {
      expect(range).toMatch(/^\^?\d/);
      expect(existsSync(join(project, 'node_modules', needed, 'package.json'))).toBe(true);
    }
  });

  test('has no file that nobody needs', () => {
    expect(filesIn(home).filter((path) => !isNeeded(path))).toEqual([]);
    expect(filesIn(home)).toEqual(expect.arrayContaining(['README.md', 'LICENSE']));
  });

  test('every entry can be imported, and required', () => {
    const entries = Object.keys(Object(manifestOf(home).exports)).filter((entry) => !entry.includes('json'));
    for (const address of entries.map((entry) => `${name}${entry.slice(1)}`)) {
      const isFilled = 'Object.keys(m).length > 0 || process.exit(1)';
      run(project, {}, process.execPath, '--input-type=module', '-e', `import * as m from '${address}'; ${isFilled}`);
      run(project, {}, process.execPath, '-e', `const m = require('${address}'); ${isFilled}`);
    }
  });

  test('its samples compile under strict, and it can be used from CommonJS', async () => {
    const wrong = `import * as it from '${name}';\nit satisfies never;\n`;
    await expectToCompile(project, samples, wrong);
    writeFileSync(join(project, 'common.cts'), `import * as it from '${name}';\nvoid it;\n`);
    run(
      project,
      {},
      join(ROOT, 'node_modules/.bin/tsc'),
      '--strict',
      '--noEmit',
      '--module',
      'nodenext',
      '--types',
      'node',
      'common.cts',
    );
  });

  test.each(samples)('the program of $title runs as it stands', async (sample: Sample) => {
    prepareProject(project, sample.from);
    await runSample(project, sample);
  });
});

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1));
}

function manifestOf(folder: string): { dependencies?: Record<string, string>; version: string; exports?: object } {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as ReturnType<typeof manifestOf>;
}
