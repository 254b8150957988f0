import { chmodSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inFolder, isAlive, signal } from './identity.mjs';
import { until } from './until.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const PLUGIN = join(ROOT, 'plugins/claude-code');
const CLOSED = 'http://127.0.0.1:9'; // nothing listens on the discard port

const worlds = new Set();
let isStopping = false;
for (const name of ['SIGINT', 'SIGTERM'])
  process.once(name, async () => {
    isStopping = true; // a trial that fails because its world was closed makes room for the next one
    await Promise.allSettled([...worlds].map((close) => close()));
    process.exit(1);
  });

/**
 * A folder with a project, a home, and an environment in which nothing but loopback can be reached. `pm` and `pm-mcp` of this repository are
 * on the PATH, as `npm run link` puts them there.
 */
export function makeWorld({ node }) {
  if (isStopping) throw new Error('the harness is being ended');
  const folder = mkdtempSync(join(tmpdir(), 'pm-hosts-'));
  const path = (name) => join(folder, name);
  for (const name of ['project/.git', 'home', 'bin', 'tmp']) mkdirSync(path(name), { recursive: true });
  symlinkSync(node, path('bin/node'));
  for (const [name, app] of [
    ['pm', 'cli'],
    ['pm-mcp', 'mcp'],
  ]) {
    writeFileSync(path(`bin/${name}`), `#!/bin/sh\nexec '${node}' '${join(ROOT, `apps/${app}/dist/main.cjs`)}' "$@"\n`);
    chmodSync(path(`bin/${name}`), 0o755);
  }
  const home = path('home');
  for (const name of ['.profile', '.bashrc']) writeFileSync(join(home, name), `PATH='${path('bin')}':$PATH\n`);
  const env = {
    PATH: `${path('bin')}:/usr/local/bin:/usr/bin:/bin`,
    HOME: home,
    SHELL: '/bin/bash',
    TERM: 'xterm-256color',
    LANG: 'C.UTF-8',
    TMPDIR: path('tmp'),
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_STATE_HOME: join(home, '.local/state'),
    XDG_DATA_HOME: join(home, '.local/share'),
    XDG_CACHE_HOME: join(home, '.cache'),
    ...Object.fromEntries(
      ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'].flatMap((key) => [
        [key, CLOSED],
        [key.toLowerCase(), CLOSED],
      ]),
    ),
    NO_PROXY: '127.0.0.1,localhost',
    no_proxy: '127.0.0.1,localhost',
    DO_NOT_TRACK: '1',
  };
  worlds.add(close);
  return { folder, project: path('project'), home, bin: path('bin'), env, path, close };

  async function close() {
    worlds.delete(close);
    for (const who of inFolder(folder)) signal(who, 'SIGKILL');
    await until(() => inFolder(folder).every((who) => !isAlive(who)), { what: 'the processes of the trial to end' });
    if (process.env.PM_HOSTS_KEEP === undefined) await rm(folder, { recursive: true, force: true, maxRetries: 10 });
    else console.error(`kept ${folder}`);
  }
}

export function readIf(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
