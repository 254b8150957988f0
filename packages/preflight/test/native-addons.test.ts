import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect } from 'vitest';
import { applyFixes, planFixes } from '../src/index.ts';
import { type Stage, test } from './stage.ts';

const ABI = Number(process.versions.modules);
const ELF_X64 = 62;
const ELF_ARM64 = 183;
const HERE = process.arch === 'arm64' ? ELF_ARM64 : ELF_X64;
const ELSEWHERE = process.arch === 'arm64' ? ELF_X64 : ELF_ARM64;
const hasCompiler = spawnSync('cc', ['--version']).status === 0;
if (!hasCompiler) console.warn('there is no C compiler here: an addon that does not tell its version is not tested');

/** The head of an ELF file, and the name of the function that Node.js would call. */
function elf(processor: number, entry: string): Buffer {
  const bytes = Buffer.alloc(256);
  bytes.writeUInt32BE(0x7f454c46, 0);
  bytes.writeUInt16LE(processor, 18);
  bytes.write(entry, 128);
  return bytes;
}

const MACH_ARM64 = Buffer.concat([Buffer.from([0xcf, 0xfa, 0xed, 0xfe, 0x0c, 0, 0, 1]), Buffer.alloc(120)]);

function put({ folder }: Stage, bytes: Buffer, at = 'node_modules/addon'): string {
  const file = join(folder, at, 'build/Release/addon.node');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, bytes);
  return file;
}

describe.skipIf(process.platform !== 'linux')('a native addon', () => {
  test.for<[what: string, bytes: Buffer, state: string, evidence: string]>([
    ['of this Node.js', elf(HERE, `node_register_module_v${ABI}`), 'pass', 'can load all compiled addons: addon'],
    ['of Node-API, which every Node.js has', elf(HERE, 'napi_register_module_v1'), 'pass', 'can load'],
    [
      'of an older Node.js',
      elf(HERE, 'node_register_module_v93'),
      'fail',
      `addon was compiled for another Node.js: NODE_MODULE_VERSION 93, but ${process.version} wants ${ABI}`,
    ],
    ['of a newer Node.js', elf(HERE, 'node_register_module_v999'), 'fail', 'NODE_MODULE_VERSION 999'],
    [
      'of another processor',
      elf(ELSEWHERE, `node_register_module_v${ABI}`),
      'fail',
      `but this is linux-${process.arch}`,
    ],
    ['of Node-API for another processor', elf(ELSEWHERE, 'napi_register_module_v1'), 'fail', 'was compiled for linux-'],
    ['of macOS', MACH_ARM64, 'fail', 'was compiled for darwin-arm64'],
    ['that was cut off', Buffer.from('ELF'), 'fail', 'is damaged'],
    ['that is a page of an error', Buffer.alloc(300, '<html>'), 'fail', 'is damaged'],
  ])('%s', async ([, bytes, state, evidence], { stage }) => {
    put(stage, bytes);
    expect(await stage.ask('native-addons')).toMatchObject({ state, evidence: expect.stringContaining(evidence) });
  });

  test.for([
    'node_modules/@scope/addon',
    'node_modules/.pnpm/addon@1.0.0/node_modules/addon',
    'node_modules/.bun/addon@1.0.0/node_modules/addon',
    'node_modules/.store/addon-npm-1.0.0-0123/package',
    'node_modules/other/node_modules/addon',
  ])('is found in %s', async (at, { stage }) => {
    put(stage, elf(HERE, 'node_register_module_v93'), at);
    expect(await stage.ask('native-addons')).toMatchObject({ state: 'fail' });
  });

  test.for<[record: string, lock: string, argv: string]>([
    ['.package-lock.json', 'package-lock.json', 'npm rebuild addon'],
    ['.modules.yaml', 'pnpm-lock.yaml', 'pnpm rebuild addon'],
    ['.yarn-integrity', 'yarn.lock', 'yarn install --frozen-lockfile --force'],
    ['.bun', 'bun.lock', 'bun install --frozen-lockfile --force'],
  ])('is compiled anew by the manager that left %s', async ([record, lock, argv], { stage }) => {
    put(stage, elf(HERE, 'node_register_module_v93'));
    stage.put(`node_modules/${record}`);
    stage.put(lock);
    const { remedies } = await stage.ask('native-addons');
    expect(remedies).toEqual([{ argv: argv.split(' '), safety: 'safe', cwd: stage.folder }]);
  });

  test('nothing was compiled, or there is no Node.js', async ({ stage }) => {
    mkdirSync(join(stage.folder, 'node_modules'));
    expect(await stage.ask('native-addons')).toMatchObject({ state: 'skip' });
    put(stage, elf(HERE, 'napi_register_module_v1'));
    expect(await stage.ask('native-addons:/nowhere/node')).toMatchObject({ state: 'inconclusive' });
  });

  /** The form of NODE_MODULE: the version is a number in the data, which only loading shows. */
  const source = (abi: number): string => `
    struct node_module { int nm_version; unsigned nm_flags; void* handle; const char* file; void* reg; void* ctx; const char* name; void* priv; void* link; };
    void node_module_register(void*);
    static void init(void* a, void* b, void* c) {}
    static struct node_module module = { ${abi}, 0, 0, "addon.cc", init, 0, "addon", 0, 0 };
    __attribute__((constructor)) static void add(void) { node_module_register(&module); }`;

  test.skipIf(!hasCompiler)('that does not tell its version is loaded, and npm rebuild mends it', async ({ stage }) => {
    const file = put(stage, Buffer.alloc(0));
    const code = stage.put('addon.c', source(93));
    const compile = `cc -shared -fPIC -o ${file} ${code}`.split(' ');
    expect(spawnSync(compile[0] ?? '', compile.slice(1)).status).toBe(0);
    const install = `cc -shared -fPIC -o build/Release/addon.node addon.c`;
    stage.put(
      'node_modules/addon/package.json',
      JSON.stringify({ name: 'addon', version: '1.0.0', scripts: { install } }),
    );
    stage.put('node_modules/addon/addon.c', source(ABI));
    stage.put(
      'package.json',
      JSON.stringify({ name: 'app', dependencies: { addon: '1.0.0' }, allowScripts: { addon: true } }),
    );
    stage.put('package-lock.json', '{"lockfileVersion":3,"packages":{}}');
    const stale = await stage.ask('native-addons');
    expect(stale).toMatchObject({ state: 'fail', evidence: expect.stringContaining('NODE_MODULE_VERSION 93') });
    const env = { ...process.env, npm_config_offline: 'true', npm_config_cache: join(stage.folder, 'cache') };
    const [applied] = await applyFixes(planFixes([stale]), { cwd: stage.folder, env });
    expect(applied).toMatchObject({ applied: true });
    expect(await stage.ask('native-addons')).toMatchObject({ state: 'pass' });
  });
});
