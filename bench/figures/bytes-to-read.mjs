import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { JOBS, MAIN, project } from '../stage.mjs';

export const title = 'bytes an agent reads: start, wait and success; a failure';
export const budget = '500 bytes; 2 kB';

export function measure() {
  const cwd = project();
  const pm = installed(cwd);
  const success = pm('start', 'train', '--', 'sh', `${JOBS}/succeed-with-result.sh`) + pm('wait', 'train');
  const failure = pm('start', '--wait', 'tests', '--', 'sh', `${JOBS}/fail-with-much-output.sh`);
  return {
    value: `${success} bytes; ${failure} bytes`,
    within: success <= 500 && failure <= 2_000,
    detail: 'stdout and stderr of pm, called by its name on the PATH',
  };
}

/** Calls pm by its name, as after an installation, so that it prints its next calls as `pm …`. */
function installed(cwd) {
  const bin = join(cwd, 'bin');
  mkdirSync(bin);
  symlinkSync(MAIN, join(bin, 'pm'));
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };
  return (...args) => {
    const { stdout, stderr } = spawnSync('pm', args, { cwd, env });
    return stdout.length + stderr.length;
  };
}
