import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { invocationOf } from './invocation.ts';

const HOME = mkdtempSync(join(tmpdir(), 'pm called-'));
const MAIN = put('clone/apps/cli/dist/main.cjs', '#!/usr/bin/env node\n');
const OTHER = dirname(put('other/pm', '#!/bin/sh\necho another pm\n'));
const LINKED = dirname(link('linked/pm', MAIN));
const SECOND = dirname(link('second/process-monitor', MAIN));
const BIN = dirname(link('node_modules/.bin/pm', MAIN));
const PLUGIN = dirname(
  put('plugin/bin/pm', '#!/bin/sh\nhere=$(dirname -- "$0")\nexec node "$here/../dist/pm/main.cjs" "$@"\n'),
);
const CARRIED = put('plugin/dist/pm/main.cjs', '#!/usr/bin/env node\n');
const STORE = dirname(put('store/pm', `#!/bin/sh\nif true; then\n  exec node  "${MAIN}" "$@"\nfi\n`));
const QUOTED = dirname(put('quoted/pm', `#!/bin/sh\nexec '/usr/bin/node' '${MAIN}' "$@"\n`));
const EMPTY = join(HOME, 'nothing here');

afterAll(() => rmSync(HOME, { recursive: true }));

test.each<[what: string, path: string, folders: string[], invocation: string, env?: object]>([
  ['a link on the PATH', join(LINKED, 'pm'), [EMPTY, LINKED], 'pm'],
  ['the file, while a link is on the PATH', MAIN, [LINKED], 'pm'],
  ['a link, while another program is first on the PATH', join(LINKED, 'pm'), [OTHER, LINKED], `'${LINKED}/pm'`],
  ['the file, while only another program is on the PATH', MAIN, [OTHER], `node '${MAIN}'`],
  ['the file, while the second name is on the PATH', MAIN, [OTHER, SECOND], 'process-monitor'],
  ['a link that is not on the PATH', join(LINKED, 'pm'), [EMPTY], `'${LINKED}/pm'`],
  ['the file, with no PATH', MAIN, [], `node '${MAIN}'`],
  ['the script of the plugin', CARRIED, ['/usr/bin', PLUGIN], 'pm'],
  ['the file, while the plugin of another build is on the PATH', MAIN, [PLUGIN], `node '${MAIN}'`],
  ['a script of a package manager', MAIN, [STORE], 'pm'],
  ['a script with other quotes', MAIN, [QUOTED], 'pm'],
  [
    'npx, which adds its folder for this call',
    join(BIN, 'pm'),
    [BIN],
    `'${BIN}/pm'`,
    { npm_execpath: '/x/npm-cli.js' },
  ],
  ['a folder of a project that the user has on the PATH', join(BIN, 'pm'), [BIN], 'pm'],
  ['a relative folder, which is another one elsewhere', MAIN, ['linked'], `node '${MAIN}'`],
  ['a file that is gone', '/gone/bin/pm', [LINKED], 'pm'],
  ['a file of another name that is gone', '/gone/main.cjs', [LINKED], 'node /gone/main.cjs'],
])('called by %s', (_what, path, folders, invocation, env = {}) => {
  expect(invocationOf({ argv: ['node', path], env: { ...env, PATH: folders.join(delimiter) } })).toBe(invocation);
});

function put(name: string, text: string): string {
  const file = join(HOME, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  chmodSync(file, 0o755);
  return file;
}

function link(name: string, target: string): string {
  const file = join(HOME, name);
  mkdirSync(dirname(file), { recursive: true });
  symlinkSync(target, file);
  return file;
}
