// A project with a Python environment is renamed. Its console scripts are broken; preflight names and fixes them, and the start succeeds.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../apps/cli/dist/main.cjs', import.meta.url));
const console_script = readFileSync(new URL('train.py', import.meta.url), 'utf8');
const place = mkdtempSync(join(tmpdir(), 'pm-renamed-'));
const [before, after] = [join(place, 'old-name'), join(place, 'new-name')];

try {
  console.log('1. A project with a virtual environment and a console script, as an installer writes it.');
  mkdirSync(join(before, '.git'), { recursive: true });
  must('python3', ['-m', 'venv', '--without-pip', '.venv'], before);
  const script = join(before, '.venv/bin/train');
  writeFileSync(script, `#!${before}/.venv/bin/python3\n${console_script}`);
  chmodSync(script, 0o755);
  pm(before, 0, 'start', '--wait', 'train', '--', '.venv/bin/train');

  console.log('\n2. The folder is renamed. The script exists, but it cannot be run.');
  renameSync(before, after);
  pm(after, 126, 'start', '--wait', 'train', '--', '.venv/bin/train');

  console.log('\n3. A shell calls the script within a run. The failure names the check that finds the cause.');
  pm(after, 127, 'start', '--wait', 'loop', '--', 'sh', '-c', '.venv/bin/train');

  console.log('\n4. pm preflight names the broken script and the reason.');
  pm(after, 121, 'preflight');

  console.log('\n5. pm preflight --fix applies the safe fixes and checks again.');
  pm(after, 0, 'preflight', '--fix');

  console.log('\n6. The start succeeds.');
  pm(after, 0, 'start', '--wait', 'train', '--', '.venv/bin/train');
} finally {
  await rm(place, { recursive: true, force: true, maxRetries: 50 }); // a wrapper may still be writing
}

function pm(cwd, wanted, ...args) {
  console.log(`$ pm ${args.join(' ')}`);
  const env = { ...process.env, PM_DIR: join(cwd, '.pm'), PM_RESIDENT: 'off', VIRTUAL_ENV: '' };
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { cwd, env, encoding: 'utf8' });
  console.log(`${stdout}${stderr}`.replaceAll(place, '').trimEnd());
  if (status !== wanted) throw new Error(`exit status ${status} instead of ${wanted}`);
}

function must(program, args, cwd) {
  const { status, stderr, error } = spawnSync(program, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? stderr}`);
}
