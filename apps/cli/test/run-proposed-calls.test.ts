import { mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { built, LONG } from '@pm/testing';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';

const MAIN = built(fileURLToPath(new URL('../dist/main.cjs', import.meta.url)));
const folder = mkdtempSync(join(tmpdir(), "pm it's proposed-")); // a blank and a quote, as paths have
const env = { PATH: `${folder}:${process.env['PATH']}`, PM_RESIDENT: 'off', XDG_STATE_HOME: join(folder, 'state') };
const options = { cwd: folder, env, reject: false, stdin: 'ignore' } as const;
const AWAY = join(folder, 'else where', '.pm');
const LIVE = ['sh', '-c', 'tail -f /dev/null & wait'];

const pm = (...argv: string[]) => execa(join(folder, 'pm'), argv, options);

beforeAll(async () => {
  symlinkSync(MAIN, join(folder, 'pm'));
  writeFileSync(join(folder, 'package.json'), '{}');
  const steps = { gated: { command: ['true'], checks: [{ check: 'directory', path: 'no such' }] } };
  writeFileSync(join(folder, 'pm.config.json'), JSON.stringify({ steps }));
  await pm('start', 'live', '--', ...LIVE);
  await pm('start', 'far', '--dir', AWAY, '--', ...LIVE);
  await pm('start', 'quiet', '--quiet-after', '1ms', '--', ...LIVE);
  for (const _ of [1, 2, 3]) await pm('run', 'bad', '--', 'sh', '-c', 'echo no; exit 3');
  await pm('run', 'slow', '--timeout', '50ms', '--grace', '50ms', '--', 'sleep', '60');
});
afterAll(async () => {
  await pm('stop', 'live', 'quiet', '--force');
  await pm('stop', 'far', '--dir', AWAY, '--force');
  await rm(folder, { recursive: true, force: true, maxRetries: 50 }); // a wrapper may still remove files
});

/** Calls about runs in each situation. What their answers propose is run as it is written. */
test.each([
  'pm ls',
  'pm ls --failed',
  'pm ls --limit 1',
  'pm ls live',
  'pm status live',
  'pm status quiet',
  'pm status bad',
  'pm status bad~1',
  'pm status slow',
  'pm status nothing',
  'pm status far --dir "else where/.pm"',
  'PM_DIR="else where/.pm" pm status far',
  'pm wait live --budget 10ms',
  'pm wait quiet --budget 10ms',
  'pm wait bad',
  'pm wait far --dir "else where/.pm" --budget 10ms',
  'pm wait --budget 10ms',
  'pm logs bad',
  'pm logs bad --max-bytes 1',
  'pm logs live',
  'pm start bad -- sh -c "echo no; exit 3"',
  'pm start live -- true',
  'pm start far --dir "else where/.pm" -- true',
  'pm start gated',
  'pm start "a b" -- true',
  'pm start "it\'s" -- true',
  'pm start -- -x',
  'pm preflight gated',
  'pm preflight --check disk:zz',
  'pm preflight nothing',
  'pm extend live 1ms',
  'pm extend live +5m',
  'pm extend bad 1h',
  'pm recover',
  'pm prune --dry-run',
  'pm breaker',
  'pm breaker status bad',
  'pm breaker ask bad',
  'pm breaker reset',
  'pm breaker record',
  'pm breaker record bad',
  'pm breaker hold bad --for 0s',
  ...(LONG ? ['pm conformance -- true'] : []),
  'pm init',
  'pm stop nothing',
  'node "$(readlink ./pm)" status live',
  'node "$(readlink ./pm)" status bad',
])('the calls proposed by: %s', { concurrent: false }, async (line) => {
  const { stdout, stderr } = await execa(line, { ...options, shell: true });
  for (const call of proposedIn(`${stdout}\n${stderr}`)) {
    if (/ (?:stop|wait|start|run) /.test(call)) continue; // they end or await what the other rows need: below
    const place = line.startsWith('PM_DIR=') ? `${line.split(' pm ')[0]} ${call}` : call;
    const { exitCode, stderr: said } = await execa(place, { ...options, shell: true });
    expect([call, exitCode, said]).not.toEqual([call, 125, said]);
  }
});

test.each([
  ['far', 'pm status far --dir "else where/.pm"'],
  ['live', 'pm start live -- true'],
])('the calls that wait for %s, and stop it, find it', async (step, line) => {
  const { stdout, stderr } = await execa(line, { ...options, shell: true });
  const calls = proposedIn(`${stdout}\n${stderr}`).filter((call) => / (?:stop|wait) /.test(call));
  expect(calls.length).toBeGreaterThan(0);
  for (const call of calls) {
    const { exitCode } = await execa(`${call}${call.includes(' wait ') ? ' --budget 10ms' : ''}`, {
      ...options,
      shell: true,
    });
    expect([step, call, exitCode]).not.toEqual([step, call, 125]);
  }
});

/** What follows `next:`, without the reason in brackets behind it. */
function proposedIn(text: string): string[] {
  return [...text.matchAll(/next: ((?:pm|node|\S*\/main\.cjs) .*?)(?: \([^()]*\))?$/gm)].map(([, call = '']) => call);
}
