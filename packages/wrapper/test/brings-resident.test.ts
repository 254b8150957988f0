import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identify } from '@pm/process';
import { directoryPaths, encodeJson } from '@pm/protocol';
import { addWork } from '@pm/protocol/fs';
import { until } from '@pm/testing';
import { describe, expect } from 'vitest';
import { SHELLS } from './shells.ts';
import { pathOf, type Stage, test } from './stage.ts';

// An ending wrapper that finds work starts the resident monitor, under every shell that is installed here.

const SELF = identify(process.pid) ?? { pid: process.pid, startTime: '0' };
const noted = (stage: Stage): string => stage.pathOfCue('called with spaces');

for (const [title, shell, isSkipped] of SHELLS) {
  describe.skipIf(isSkipped).concurrent(title, () => {
    const ended = async (stage: Stage): Promise<void> => {
      const resident = [pathOf('notes-call.sh'), noted(stage)];
      const run = await stage.run(['end.sh', '0'], { shell, resident });
      await run.over();
      await until(() => stage.alive().length === 0, 'what the wrapper has started is over');
    };
    const resident = (stage: Stage, record: object): void => {
      const folder = join(directoryPaths(stage.dir).residents, 'here');
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, '1'), encodeJson({ v: 1, identity: SELF, program: 'pm 1.0.0', at: 1, ...record }));
    };

    test('with work and no resident, it starts the one of its starter for this directory', async ({ stage }) => {
      addWork(stage.dir, 'queue.1');
      await ended(stage);
      await until(() => existsSync(noted(stage)));
      expect(readFileSync(noted(stage), 'utf8')).toBe(`resident ${stage.dir}\n`);
    });

    test('without work, or beside a resident that lives, it starts none', async ({ stage }) => {
      await ended(stage);
      addWork(stage.dir, 'queue.1');
      resident(stage, {});
      await ended(stage);
      expect(existsSync(noted(stage))).toBe(false);
    });

    test.for([
      ['has left', { left: true }],
      ['is gone, and its pid is another process now', { identity: { ...SELF, startTime: '1' } }],
      ['is not readable', { identity: 'nonsense' }],
    ] as const)('beside one that %s, it starts it', async ([, record], { stage }) => {
      addWork(stage.dir, 'queue.1');
      resident(stage, record);
      await ended(stage);
      await until(() => existsSync(noted(stage)));
    });

    test('without such a program nothing happens, and the command never sees the call', async ({ stage }) => {
      addWork(stage.dir, 'queue.1');
      const run = await stage.run(['/usr/bin/env'], { shell, resident: ['/no/such/node', 'x'] });
      await run.over();
      expect(run.text('ending')).toBe('v1 exit 0\n');
      expect(run.text('log')).not.toContain('PM_RESIDENT_CALL');
    });
  });
}
