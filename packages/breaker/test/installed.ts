import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const packages = fileURLToPath(new URL('../..', import.meta.url));
const tsc = fileURLToPath(new URL('../../../node_modules/.bin/tsc', import.meta.url));

/** A folder where only this package and its dependencies are installed, as from their tarballs. */
export interface Installed {
  readonly folder: string;
  remove(): void;
}

export function install(): Installed {
  const folder = mkdtempSync(join(tmpdir(), 'pm-breaker-'));
  mkdirSync(join(folder, 'node_modules/@pm'), { recursive: true });
  symlinkSync(join(packages, 'breaker/node_modules/zod'), join(folder, 'node_modules/zod'));
  for (const name of ['protocol', 'process', 'breaker']) {
    const home = join(folder, 'node_modules/@pm', name);
    // Types were checked before; those of the others are in their sources, which are not installed.
    const options = [
      '-p',
      'tsconfig.build.json',
      '--outDir',
      join(home, 'dist'),
      '--declaration',
      'false',
      '--noCheck',
    ];
    execFileSync(tsc, options, { cwd: join(packages, name), stdio: 'pipe' });
    const { publishConfig, ...manifest } = JSON.parse(readFileSync(join(packages, name, 'package.json'), 'utf8'));
    writeFileSync(join(home, 'package.json'), JSON.stringify({ ...manifest, exports: publishConfig.exports }));
  }
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
