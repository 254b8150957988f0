import { dirname, resolve } from 'node:path';
import { configFileOf, readConfig } from '../config/read-config.ts';
import type { Context } from './context.ts';
import { locateDirectory } from './locate-directory.ts';
import { type Bounds, realPlace } from './within-roots.ts';

/** More than real work needs, and less than a runaway loop would start. */
export const DEFAULT_BOUNDS = { concurrentRuns: 16, startsPerMinute: 30 };

/** Variables that programs and pm itself need. An allow-list does not remove them. A star stands for any ending. */
const ALWAYS_PASSED =
  'PATH HOME USER LOGNAME SHELL LANG LANGUAGE LC_* TZ TERM TMPDIR XDG_* PM_* CLAUDE_CODE_SESSION_ID CLAUDE_PROJECT_DIR CODEX_THREAD_ID'.split(
    ' ',
  );

/**
 * The same context with the bounds of its project, which is found without the caller's input. Without configured bounds, the roots are
 * the project and the working directory, and the numbers are the defaults. If `PM_DIR` names the project, the working directory is that
 * of the project, because a host may start its servers anywhere.
 */
export async function withBounds(context: Context): Promise<Context> {
  const dir = locateDirectory(undefined, context);
  const file = configFileOf(dir);
  const home = dirname(file);
  const { config, fault } = await configIn(dir);
  const { roots, timeout, logCap, env, concurrentRuns, startsPerMinute } = config?.bounds ?? {};
  const isNamed = (context.env['PM_DIR'] ?? '') !== '';
  const cwd = isNamed ? home : context.cwd;
  const known = isNamed ? { ...context.env, PM_DIR: dir } : context.env; // absolute, because the working directory changes
  const places = roots?.map((root) => resolve(home, root)) ?? [home, cwd];
  return {
    ...context,
    cwd,
    env: env === undefined ? known : allowed(known, [...ALWAYS_PASSED, ...env]),
    bounds: {
      concurrentRuns: concurrentRuns ?? DEFAULT_BOUNDS.concurrentRuns,
      startsPerMinute: startsPerMinute ?? DEFAULT_BOUNDS.startsPerMinute,
      roots: [...new Set(places.map(realPlace))],
      dir,
      timeoutMs: timeout,
      logCapBytes: logCap,
      file,
      config,
      ...(fault !== undefined && { fault }),
    },
  };
}

async function configIn(dir: string): Promise<Pick<Bounds, 'config' | 'fault'>> {
  try {
    return { config: await readConfig(dir) };
  } catch (fault) {
    return { fault };
  }
}

function allowed(env: Context['env'], names: readonly string[]): Context['env'] {
  const isAllowed = (name: string): boolean =>
    names.some((given) => (given.endsWith('*') ? name.startsWith(given.slice(0, -1)) : name === given));
  return Object.fromEntries(Object.entries(env).filter(([name]) => isAllowed(name)));
}
