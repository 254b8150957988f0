import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { built } from '@pm/testing';

const PM = fileURLToPath(new URL('../../cli/dist/main.cjs', import.meta.url));

/** A home with one project, and the page of its user. */
export interface Stand {
  readonly home: string;
  /** The project, in which `pm` is called. */
  readonly project: string;
  readonly dir: string;
  readonly pm: (...args: string[]) => Promise<string>;
  /** Starts a step whose command is a shell script. */
  readonly start: (step: string, script: string, ...options: string[]) => Promise<void>;
  /** Starts `pm web`. The address stays the same each time. */
  readonly serve: (...options: string[]) => Promise<string>;
  /** Ends `pm web` as a crash would. */
  readonly kill: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** @param resident whether runs have a resident monitor; without one the page judges them alone */
export function openStand({ resident = false } = {}): Stand {
  built(PM);
  const home = mkdtempSync(join(tmpdir(), 'pm-page-'));
  const project = join(home, 'shop');
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{}');
  const env: NodeJS.ProcessEnv = { ...process.env, HOME: home, XDG_STATE_HOME: join(home, 'state') };
  for (const name of ['PM_DIR', 'PM_RUN_ID', 'PM_SESSION']) delete env[name];
  if (!resident) env['PM_RESIDENT'] = 'off';
  let server: ChildProcess | undefined;
  const pm: Stand['pm'] = async (...args) => {
    const run = promisify(execFile)(process.execPath, [PM, ...args], { cwd: project, env });
    const { stdout } = await run.catch((failed: { stdout: string }) => failed);
    return stdout;
  };
  const kill: Stand['kill'] = async () => {
    const ending = server;
    server = undefined;
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
    const gone = once(ending, 'exit');
    ending.kill('SIGKILL');
    await gone;
  };
  return {
    home,
    project,
    dir: join(project, '.pm'),
    pm,
    start: async (step, script, ...options) => {
      await pm('start', step, ...options, '--', 'sh', '-c', script);
    },
    serve: async (...options) => {
      server = spawn(process.execPath, [PM, 'web', ...options], {
        cwd: project,
        env,
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const [address] = (await once(createInterface({ input: server.stdout as NodeJS.ReadableStream }), 'line')) as [
        string,
      ];
      return address;
    },
    kill,
    close: async () => {
      await kill();
      const { runs } = JSON.parse((await pm('ls', '--json')) || '{"runs":[]}') as {
        runs: { step: string; state: string }[];
      };
      const live = runs.filter(({ state }) => state !== 'ended').map(({ step }) => step);
      if (live.length > 0) await pm('stop', '--force', ...live);
      await rm(home, { recursive: true, force: true, maxRetries: 50 }); // a wrapper may still be tidying up
    },
  };
}

/** The resident monitors of a directory that have not left, as it has recorded them. */
export function residentsOf(dir: string): Identity[] {
  if (!existsSync(join(dir, 'residents'))) return [];
  const folder = join(dir, 'residents');
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  return files
    .map(({ parentPath, name }) => JSON.parse(readFileSync(join(parentPath, name), 'utf8')) as Resident)
    .flatMap(({ identity, left }) => (left === true ? [] : [identity]));
}

type Identity = { readonly pid: number; readonly startTime: string };

interface Resident {
  readonly identity: Identity;
  readonly left?: boolean;
}
