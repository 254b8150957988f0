import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bounded } from './bounded.mjs';

const OWN_LIBRARY = fileURLToPath(new URL('./init.sh', import.meta.url));
const LIMIT_MS = 120_000;

/**
 * Each script of coreutils' tests/timeout. Its lines are traced: every statement that sets `fail=1` is a case that failed. The part of a
 * script that ran is one case more, so that a script without failures counts too.
 */
export async function* coreutilsCases(source, inFolder) {
  const scripts = (await readdir(join(source, 'tests/timeout'))).filter((file) => file.endsWith('.sh')).sort();
  for (const script of scripts)
    yield* await inFolder(async (folder, env) => {
      await mkdir(join(folder, 'tests'));
      await copyFile(OWN_LIBRARY, join(folder, 'tests/init.sh'));
      const ran = await bounded(['bash', '-x', join(source, 'tests/timeout', script)], {
        cwd: folder,
        env: { ...env, srcdir: folder, SHELL: '/bin/sh' },
        limitMs: LIMIT_MS,
      });
      return casesOf(script, ran);
    });
}

function casesOf(script, { status, output }) {
  const lines = output.split('\n');
  if (status === undefined) return [{ name: script, state: 'failed', said: `still running after ${LIMIT_MS / 1000}s` }];
  if (status === 77)
    return [{ name: script, state: 'failed', said: lines.findLast((line) => line.includes(': skipped: ')) }];
  const failed = lines.flatMap((line, index) =>
    line === '+ fail=1'
      ? [{ name: `${script}: ${statementBefore(lines, index)}`, state: 'failed', said: saidBefore(lines, index) }]
      : [],
  );
  const whole = {
    name: script,
    state: status === 0 || failed.length > 0 ? 'passed' : 'failed',
    said: status === 0 ? '' : `exit status ${status}`,
  };
  return failed.length > 0 ? failed : [whole];
}

/** The last traced call of a peer, or of a comparison, above the line. */
function statementBefore(lines, index) {
  const calls = lines
    .slice(0, index)
    .filter((line) => /^\++ (?:returns_|timeout|compare|grep|exec timeout|test -e)\b/.test(line));
  return (calls.at(-1) ?? '').replace(/^\++ /, '');
}

function saidBefore(lines, index) {
  return lines.slice(0, index).findLast((line) => line !== '' && !line.startsWith('+')) ?? '';
}
