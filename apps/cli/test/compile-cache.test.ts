import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import nodeModule from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa, execaNode } from 'execa';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

const DIST = fileURLToPath(new URL('../dist', import.meta.url));
const REJECTED = fileURLToPath(new URL('fixtures/rejected.cjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'pm-compiled-'));
const compiled = join(folder, 'dist/compiled');
const MAIN = join(folder, 'dist/main.cjs');
const OPTIONS = {
  cwd: folder,
  reject: false,
  nodeOptions: [],
  env: { NODE_EXTRA_CA_CERTS: undefined, NODE_OPTIONS: undefined, PM_RESIDENT: 'off' },
} as const;

/** Since 22.8 Node does this itself, in its own file format. */
const isNodes = 'enableCompileCache' in nodeModule;

beforeAll(() => {
  if (!existsSync(DIST)) throw new Error(`${DIST} is missing: build first (turbo run build --filter=@pm/cli)`);
  cpSync(DIST, join(folder, 'dist'), { recursive: true, filter: (path) => path !== join(DIST, 'compiled') });
});
beforeEach(() => rmSync(compiled, { recursive: true, force: true }));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('is kept by the first call, and left as it is by the next', async () => {
  const first = await ls();
  const kept = files();
  expect(kept.length).toBeGreaterThan(3);
  expect(kept.filter((path) => statSync(path).size === 0)).toEqual([]);
  const inodes = kept.map((path) => statSync(path).ino);
  expect(await ls()).toEqual(first);
  expect(files()).toEqual(kept);
  expect(kept.map((path) => statSync(path).ino)).toEqual(inodes);
});

test.skipIf(isNodes)('is what V8 takes for the chunks', async () => {
  await ls();
  expect(await rejected()).toEqual([]);
});

test.skipIf(isNodes)('is not made by a page of help, a fault, or with options of Node', async () => {
  await call('ls', '--help');
  await call('ls', '--bogus');
  await execaNode(MAIN, ['ls'], { ...OPTIONS, nodeOptions: ['--max-old-space-size=512'] });
  expect(existsSync(compiled)).toBe(false);
});

test('is nobody else’s to write, whatever the umask', async () => {
  await execa('sh', ['-c', 'umask 0; exec "$0" "$@"', process.execPath, MAIN, 'ls'], OPTIONS);
  expect(statSync(compiled).mode & 0o777).toBe(0o700);
});

test.skipIf(isNodes).each([
  ['nothing', () => Buffer.alloc(0)],
  ['text', () => Buffer.from('not what V8 makes\n')],
  ['zeros', (whole: Buffer) => Buffer.alloc(whole.length)],
  ['its first half', (whole: Buffer) => whole.subarray(0, whole.length / 2)],
])('is passed over and made anew where it is %s', async (_what, spoilt) => {
  const first = await ls();
  for (const path of files()) writeFileSync(path, spoilt(readFileSync(path)));
  expect(await rejected()).toEqual(files());
  expect(await ls()).toEqual(first);
  expect(await rejected()).toEqual([]);
});

test('is gone without where it cannot be kept', async () => {
  writeFileSync(compiled, '');
  expect(await ls()).toMatchObject({ exitCode: 0, stderr: '' });
  expect(readdirSync(join(folder, 'dist'))).toEqual(
    [...readdirSync(DIST).filter((name) => name !== 'compiled'), 'compiled'].sort(),
  );
});

test('of many first calls at once is whole', async () => {
  const answers = await Promise.all(Array.from({ length: 8 }, () => ls()));
  expect(new Set(answers.map(({ exitCode, stderr }) => `${exitCode} ${stderr}`))).toEqual(new Set(['0 ']));
  expect(files().filter((path) => /\.\d+$/.test(path))).toEqual([]);
  expect(await ls()).toMatchObject({ exitCode: 0, stderr: '' });
});

test('is enough for what is loaded in the middle of a call', async () => {
  const first = await call('preflight', '--check', 'tcp:127.0.0.1:1', '--json');
  expect(first).toMatchObject({ exitCode: 121, stderr: '', stdout: expect.stringContaining('ECONNREFUSED') });
  expect(await call('preflight', '--check', 'tcp:127.0.0.1:1', '--json')).toMatchObject({ exitCode: 121, stderr: '' });
});

function ls() {
  return call('ls');
}

async function call(...argv: string[]) {
  const { exitCode, stdout, stderr } = await execaNode(MAIN, argv, OPTIONS);
  return { exitCode, stdout, stderr };
}

/** The cache files that V8 rejects for their chunk. */
async function rejected(): Promise<unknown> {
  const { stdout } = await execaNode(REJECTED, [join(folder, 'dist/chunks'), ...files()], OPTIONS);
  return JSON.parse(String(stdout));
}

function files(): string[] {
  return readdirSync(compiled, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
