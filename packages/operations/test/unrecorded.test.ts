import { execFile, execFileSync } from 'node:child_process';
import { accessSync, chmodSync, constants, existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Identity, isAlive, signalIfSame } from '@pm/process';
import { built, until } from '@pm/testing';
import { describe, expect, vi } from 'vitest';
import type { Answer, RunView } from '../src/index.ts';
import { type Stage, test, textOf } from './stage.ts';

vi.setConfig({ maxConcurrency: 3 });

const PM = fileURLToPath(new URL('../../../apps/cli/dist/main.cjs', import.meta.url));
/** nobody: root may write into every folder, so this has to be a real other user. */
const USER = { uid: 65_534, gid: 65_534 };
const POLICY = ['--beat', '150ms', '--grace', '300ms', '--timeout', '2s'];
/** With these beats the limit, the grace and what the wrapper adds are over. */
const BEATS_UNTIL_LATE = 24;

interface Called {
  readonly status: number;
  readonly out: string;
}

/** What else happens while the exit of the ended command cannot be recorded. */
interface Row {
  readonly job: string;
  readonly start?: readonly string[];
  readonly ends?: (stage: Stage) => void;
  readonly meanwhile?: (stage: Stage) => Promise<void>;
  readonly outcome: object;
}

const go = (stage: Stage): void => stage.cue('go');
const UNTIL_GO = 'until [ -e go ]; do sleep 0.05; done';

const ROWS: Readonly<Record<string, Row>> = {
  'exit 0': { job: `${UNTIL_GO}; exit 0`, outcome: { outcome: 'success' } },
  'exit 7': { job: `${UNTIL_GO}; exit 7`, outcome: { outcome: 'failed', exitCode: 7 } },
  'an output without a last line feed': {
    job: `${UNTIL_GO}; printf last; exit 3`,
    outcome: { outcome: 'failed', exitCode: 3 },
  },
  'a job that somebody has killed': {
    job: 'exec sleep 600',
    ends: (stage) => expect(signalIfSame(commandOf(stage), 'SIGKILL')).toBe(true),
    outcome: { outcome: 'failed', exitCode: 137 },
  },
  'a stop meanwhile': {
    job: `${UNTIL_GO}; exit 0`,
    meanwhile: async (stage) => {
      const { status, out } = await pm(stage, 'stop', 'work');
      expect(status).toBe(1);
      expect(out).toContain('the command has ended');
      expect(existsSync(stage.files().ending)).toBe(false);
    },
    outcome: { outcome: 'success' },
  },
  'a policy that calls silence hung': {
    job: `${UNTIL_GO}; exit 0`,
    start: ['--liveness', 'output', '--stale', '1s'],
    ends: (stage) => go(stage),
    outcome: { outcome: 'success' },
  },
};

describe.skipIf(!canBeNobody()).concurrent('as a user who is not root, in a folder of mode 500', () => {
  for (const [what, { job, start = [], ends = go, meanwhile, outcome }] of Object.entries(ROWS)) {
    test(`${what}: it is said what the exit waits for, and the true exit is told`, async ({ stage }) => {
      chmodSync(stage.folder, 0o777);
      expect((await pm(stage, 'start', 'work', ...POLICY, ...start, '--', 'sh', '-c', job)).status).toBe(0);
      const { folder, heartbeat, exit } = stage.files();
      const command = commandOf(stage);
      chmodSync(folder, 0o500);
      try {
        ends(stage);
        await until(() => !isAlive(command), 'the command has ended');
        const { status, out } = await pm(stage, 'wait', 'work');
        expect(out).toContain(`the command has ended, but its exit cannot be recorded yet: the folder ${folder} `);
        expect(out).toContain('(mode 500)');
        expect(out).not.toMatch(/near its limit|extend/);
        expect(status).toBe(118);
        expect((await pm(stage, 'status', 'work')).out).toContain('(mode 500)');
        await meanwhile?.(stage);
        await until(() => Number(textOf(heartbeat)) > BEATS_UNTIL_LATE, 'its limit is over');
        await pm(stage, 'wait', 'work');
        expect(existsSync(exit)).toBe(false);
      } finally {
        chmodSync(folder, 0o700);
      }
      await until(() => textOf(exit) !== '', 'the exit is on record');
      const run = await outcomeOf(stage);
      expect(run).toMatchObject(outcome);
      expect(run.evidence).toMatch(
        /its exit was recorded [\d.]+m?s late, because its folder in .* could not be written/,
      );
    });
  }

  test.skipIf(!canBeImmutable())('an immutable folder is named (chattr +i)', async ({ stage }) => {
    chmodSync(stage.folder, 0o777);
    await pm(stage, 'start', 'work', ...POLICY, '--', 'sh', '-c', `${UNTIL_GO}; exit 4`);
    const { folder, exit } = stage.files();
    const command = commandOf(stage);
    execFileSync('chattr', ['+i', folder]);
    try {
      stage.cue('go');
      await until(() => !isAlive(command), 'the command has ended');
      expect((await pm(stage, 'wait', 'work')).out).toContain('cannot be written to (EPERM)');
    } finally {
      execFileSync('chattr', ['-i', folder]);
    }
    await until(() => textOf(exit) !== '', 'the exit is on record');
    expect(await outcomeOf(stage)).toMatchObject({ outcome: 'failed', exitCode: 4 });
  });
});

/** Root does not read the records of another user, so their text is. */
function commandOf(stage: Stage): Identity {
  const [, pid, startTime = ''] = textOf(stage.files().command).trim().split(' ');
  return { pid: Number(pid), startTime };
}

async function outcomeOf(stage: Stage): Promise<RunView> {
  const { out } = await pm(stage, 'wait', 'work', '--json');
  return (JSON.parse(out) as Answer).runs[0] as RunView;
}

/** One call of the built `pm` by the user who is not root. */
function pm(stage: Stage, ...argv: string[]): Promise<Called> {
  const options = { cwd: stage.folder, env: { ...stage.env, PM_DIR: stage.dir, HOME: stage.folder }, ...USER };
  return new Promise((resolve) => {
    execFile(process.execPath, [built(PM), ...argv], options, (error, stdout, stderr) => {
      resolve({ status: Number(error?.code ?? 0), out: stdout + stderr });
    });
  });
}

function canBeNobody(): boolean {
  if (process.getuid?.() !== 0 || !existsSync(PM)) return false;
  try {
    execFileSync(process.execPath, ['-e', `require('fs').accessSync(${JSON.stringify(PM)})`], {
      ...USER,
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
}

function canBeImmutable(): boolean {
  try {
    accessSync('/usr/bin/chattr', constants.X_OK);
    const probe = execFileSync('mktemp', ['-d'], { encoding: 'utf8' }).trim();
    execFileSync('sh', ['-c', 'chattr +i "$1" && chattr -i "$1" && rmdir "$1"', 'sh', probe], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
