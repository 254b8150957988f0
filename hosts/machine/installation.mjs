// Where the hosts are: in PM_HOSTS, or installed from npm into a folder that git does not see.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE = fileURLToPath(new URL('../package.json', import.meta.url));
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/hosts', import.meta.url));

/** The folder with the installed hosts; installs what is missing or has another version. An `error` says why there is none. */
export function installation() {
  const folder = process.env.PM_HOSTS ?? CACHE;
  if (process.env.PM_HOSTS === undefined && !isCurrent()) {
    mkdirSync(CACHE, { recursive: true });
    copyFileSync(PACKAGE, join(CACHE, 'package.json'));
    const args = ['install', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'];
    if (spawnSync('npm', args, { cwd: CACHE, stdio: 'inherit' }).status !== 0)
      return {
        error: 'npm could not install the hosts (is there a network?); PM_HOSTS may name a folder that has them',
      };
  }
  const node = join(folder, 'node_modules/node/bin/node');
  return existsSync(node) ? { folder, node } : { error: `${node} is missing` };
}

/** The path of a host's program; undefined if it is not installed. */
export function programOf(folder, program) {
  const path = join(folder, 'node_modules/.bin', program);
  return existsSync(path) ? path : undefined;
}

export function versionOf(path) {
  const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8', timeout: 60_000 });
  return /\d+\.\d+\.\d+/.exec(stdout ?? '')?.[0] ?? 'unknown version';
}

function isCurrent() {
  try {
    const { dependencies } = JSON.parse(readFileSync(PACKAGE, 'utf8'));
    return Object.entries(dependencies).every(
      ([name, version]) =>
        JSON.parse(readFileSync(join(CACHE, 'node_modules', name, 'package.json'), 'utf8')).version === version,
    );
  } catch {
    return false;
  }
}
