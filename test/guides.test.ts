import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { LONG } from '@pm/testing';
import { expect, test } from 'vitest';
import { type Block, blocksOf, textOf } from './page.ts';
import { filesOfRepository, ROOT } from './repository.ts';

// The guides work as written: their blocks can be pasted where they say, and what the new files import is there. `npm run test:long`
// also runs the commands of the guides in a copy of the repository.

const GUIDES = ['add-an-operation', 'add-a-field-to-an-answer', 'add-a-check', 'add-a-frontend'] as const;
/** The commands of the last one install a new package, which takes a registry. */
const RUN = GUIDES.filter((guide) => guide !== 'add-a-frontend');

/** The text of each file, by its path from the root. */
type Files = Map<string, string>;

const repository: ReadonlyMap<string, string> = new Map(filesOfRepository(/./).map(({ path, text }) => [path, text]));

test.each(GUIDES)('the blocks of %s can be pasted, and import what is there', (guide) => {
  const files: Files = new Map(repository);
  const created = pasteAll(guide, files);
  expect(created.length).toBeGreaterThan(1);
  expect(created.flatMap((path) => missingImports(path, files))).toEqual([]);
});

test('a line to paste at, or a name to import, that is not there is an error', () => {
  const files: Files = new Map([['a/old.ts', 'const one = 1;\nexport { one };\n']]);
  const block = (before: string, text: string): Block => ({ language: 'ts', text, at: 0, before });
  expect(() => paste(block('In `a/old.ts`, below the line `nowhere`:', 'x\n'), files)).toThrow('no line');
  expect(() => paste(block('New file `a/old.ts`:', 'x\n'), files)).toThrow('is there already');
  paste(block('In `a/old.ts`, above the line `export { one };`:', '// pasted\n'), files);
  expect(files.get('a/old.ts')).toBe('const one = 1;\n// pasted\nexport { one };\n');
  paste(
    block('New file `a/new.ts`:', "import { one, two } from './old.ts';\nimport { three } from '../b.ts';\n"),
    files,
  );
  expect(missingImports('a/new.ts', files)).toEqual(['a/old.ts: two', 'b.ts']);
});

test.each(LONG ? RUN : [])('the commands of %s pass', { timeout: 1_200_000 }, async (guide) => {
  const files: Files = new Map(repository);
  pasteAll(guide, files);
  const copy = mkdtempSync(join(tmpdir(), 'pm-guide-'));
  try {
    write(copy, files);
    for (const command of commandsOf(guide)) run(command, copy);
  } finally {
    await rm(copy, { recursive: true, force: true, maxRetries: 50 });
  }
});

/** Pastes every block of a guide that names its place. @returns the files that are new */
function pasteAll(guide: string, files: Files): string[] {
  return blocksOf(textOf(`contributing/${guide}.md`)).flatMap((block) => paste(block, files));
}

/** Puts a block where the line before it says, unless somebody who follows the guide has done so. @returns the file, if it is new */
function paste({ before, text }: Block, files: Files): string[] {
  const [, created] = /^New file `([^`]+)`:$/.exec(before) ?? [];
  if (created !== undefined) {
    if ((files.get(created) ?? text) !== text) throw new Error(`${created} is there already`);
    files.set(created, text);
    return [created];
  }
  const [, file = '', place, anchor = ''] = /^In `([^`]+)`, (below|above) the line `(.+)`:$/.exec(before) ?? [];
  const old = files.get(file) ?? '';
  if (file === '' || old.includes(text)) return [];
  const lines = old.split('\n');
  const [i = -1, ...others] = lines.flatMap((line, at) => (line.trim() === anchor ? [at] : []));
  if (i < 0) throw new Error(`${file} has no line ${anchor}`);
  if (others.length > 0) throw new Error(`${file} has several lines ${anchor}`);
  lines.splice(place === 'below' ? i + 1 : i, 0, text.replace(/\n$/, ''));
  files.set(file, lines.join('\n'));
  return [];
}

/** The files, and the names in them, that a file imports from the repository and that are not there. */
function missingImports(path: string, files: Files): string[] {
  const imports = (files.get(path) ?? '').matchAll(
    /import\s(?:type\s)?\{([^}]*)\}\sfrom\s'(\.[^']+)'|import\('(\.[^']+)'\)/g,
  );
  return [...imports].flatMap(([, names = '', from, lazily]) => {
    const target = join(dirname(path), from ?? lazily ?? '');
    const text = files.get(target);
    if (text === undefined) return [target];
    const wanted = names.split(',').map((name) => name.replace(/^\s*type\s/, '').trim());
    const isExported = (name: string): boolean => new RegExp(`^export [^;=]*\\b${name}\\b`, 'm').test(text);
    return wanted.filter((name) => name !== '' && !isExported(name)).map((name) => `${target}: ${name}`);
  });
}

function commandsOf(guide: string): string[] {
  const blocks = blocksOf(textOf(`contributing/${guide}.md`));
  return blocks.flatMap(({ language, text }) => (language === 'sh' ? text.trim().split('\n') : []));
}

/** Runs a command line of a guide. What it prints is the message if it fails. */
function run(command: string, cwd: string): void {
  const [program = '', ...args] = command.split(' ');
  const env = { ...process.env, CI: undefined }; // where it is set, vitest writes no new golden file
  try {
    execFileSync(program, args, { cwd, stdio: 'pipe', encoding: 'utf8', env });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    expect.fail(`${command}\n${stdout}${stderr}`);
  }
}

/** A copy of the repository with what was installed for it: its packages are linked to each other within the copy. */
function write(folder: string, files: Files): void {
  for (const [path, text] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  for (const kind of ['packages', 'apps'])
    for (const name of readdirSync(join(ROOT, kind))) {
      const installed = join(kind, name, 'node_modules');
      if (existsSync(join(ROOT, installed)))
        cpSync(join(ROOT, installed), join(folder, installed), { recursive: true, verbatimSymlinks: true });
    }
}
