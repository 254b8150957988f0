import { appendFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Context, RunView } from '@pm/operations';
import { expect, test } from 'vitest';
import { ask } from '../src/top/ask/ask.ts';
import { followLog } from '../src/top/ask/read-log.ts';

test('what the limit of a log has dropped before pm top has read it is named where it was', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pm-top-log-'));
  writeFileSync(join(folder, 'package.json'), '{}');
  const env = { ...process.env, PM_DIR: undefined, PM_RESIDENT: 'off', XDG_STATE_HOME: join(folder, 'state') };
  const context: Context = { cwd: folder, env, signal: new AbortController().signal };
  const script = 'echo first; until [ -e go ]; do sleep 0.05; done';
  try {
    const { runs } = await ask('start', { step: 'work', command: ['sh', '-c', script] }, context);
    const run = { ...runs[0], dir: join(folder, '.pm') } as RunView;
    const { logFile = '' } = run;
    let text = '';
    const seen = (piece: { readonly text: string }): void => {
      text += piece.text;
      if (text !== 'first\n') return;
      // As its wrapper leaves a log that has grown over its limit since.
      appendFileSync(logFile, `${'\0'.repeat(2_048)}last\n`);
      writeFileSync(join(dirname(logFile), 'truncated'), 'v1 cap 3 2054\n');
      writeFileSync(join(folder, 'go'), '');
    };
    await followLog(run, context.signal, seen, () => {});
    expect(text).toBe('first\n\n— 2 KiB were dropped here (--log-cap) —\nlast\n');
  } finally {
    await ask('wait', { steps: ['work'] }, context);
    await rm(folder, { recursive: true, force: true, maxRetries: 50 }); // a wrapper may still be tidying up
  }
});
