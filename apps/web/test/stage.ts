import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { OverviewEvent, OverviewRun } from '@pm/operations';
import type { FrontendAnswer } from '@pm/operations/contract';
import { applyOverview, NOTHING_SEEN, type OverviewState } from '@pm/operations/overview-state';
import { built } from '@pm/testing';
import { test as base } from 'vitest';

const PM = fileURLToPath(new URL('../../cli/dist/main.cjs', import.meta.url));

/** A project of its own with a user of its own, and what `pm web` serves for that user. */
export interface Stage {
  readonly folder: string;
  readonly dir: string;
  readonly env: NodeJS.ProcessEnv;
  /** Starts `pm web` with these words. It ends with the test. */
  serve(...words: string[]): Promise<Served>;
  /** The same with other variables. */
  serveWith(variables: NodeJS.ProcessEnv, ...words: string[]): Promise<Served>;
  /** What `pm` prints for these words. */
  pm(...words: string[]): Promise<{ out: string; err: string; code: number | null }>;
}

export interface Served {
  readonly address: string;
  readonly port: number;
  readonly key: string;
  readonly child: ChildProcess;
  get(path: string): Promise<Response>;
  json<T>(path: string): Promise<T>;
  ask(operation: string, input: unknown, signal?: AbortSignal): Promise<FrontendAnswer>;
  /** Ends it as a user would. @returns its exit code */
  end(name?: NodeJS.Signals): Promise<number | null>;
}

export const test = base.extend<{ stage: Stage }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the names of what a fixture needs from this pattern
  stage: async ({}, use) => {
    built(PM);
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'pm-web-')));
    writeFileSync(join(folder, 'package.json'), '{}');
    const env = { ...process.env, PM_RESIDENT: 'off', PM_DIR: undefined, XDG_STATE_HOME: join(folder, 'state') };
    const served: Served[] = [];
    const pm: Stage['pm'] = async (...words) => {
      const child = spawn(process.execPath, [PM, ...words], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
      const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
      return { out, err, code };
    };
    const serveWith: Stage['serveWith'] = async (variables, ...words) => {
      const one = await serving(folder, { ...env, ...variables }, words);
      served.push(one);
      return one;
    };
    const serve: Stage['serve'] = (...words) => serveWith({}, ...words);
    try {
      await use({ folder, dir: join(folder, '.pm'), env, pm, serve, serveWith });
    } finally {
      for (const one of served) await one.end('SIGKILL');
      await pm('down', '--force');
      await rm(folder, { recursive: true, force: true, maxRetries: 50 }); // a wrapper may tidy up just now
    }
  },
});

async function serving(cwd: string, env: NodeJS.ProcessEnv, words: readonly string[]): Promise<Served> {
  const child = spawn(process.execPath, [PM, 'web', '--json', ...words], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`pm web has ended with ${code}`);
    }),
  ])) as [Buffer];
  const { address } = JSON.parse(String(line)) as { address: string };
  const url = new URL(address);
  const get = (path: string): Promise<Response> => fetch(`${address}${path}`);
  return {
    address,
    port: Number(url.port),
    key: url.pathname.split('/')[1] ?? '',
    child,
    get,
    json: async <T>(path: string) => (await get(path)).json() as Promise<T>,
    ask: async (operation, input, signal) => {
      const body = JSON.stringify(input);
      const answer = await fetch(`${address}ask/${operation}`, { method: 'POST', body, signal: signal ?? null });
      return (await answer.json()) as FrontendAnswer;
    },
    end: async (name = 'SIGTERM') => {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      const gone = once(child, 'exit');
      child.kill(name);
      return ((await gone) as [number | null])[0];
    },
  };
}

/** What is shown, with each run as it was told last. */
export interface ShownState extends Omit<OverviewState, 'runs'> {
  readonly runs: ReadonlyMap<string, OverviewRun>;
}

/** A page that looks: it takes the events, and knows what is shown. */
export interface Looking {
  readonly state: () => ShownState;
  readonly events: readonly OverviewEvent[];
  /** Waits until what is shown is so. */
  until(holds: (state: ShownState) => boolean): Promise<void>;
  leave(): void;
}

export async function lookAt({ address }: Pick<Served, 'address'>): Promise<Looking> {
  const leaving = new AbortController();
  const { body } = await fetch(`${address}events`, { signal: leaving.signal });
  if (body === null) throw new Error('there is no stream');
  const events: OverviewEvent[] = [];
  let state = NOTHING_SEEN;
  let wake = (): void => {};
  let fault: unknown;
  void (async () => {
    let rest = '';
    const decoder = new TextDecoder();
    for await (const bytes of body) {
      const [last = '', ...whole] = `${rest}${decoder.decode(bytes, { stream: true })}`.split('\n\n').reverse();
      rest = last;
      for (const text of whole.reverse()) {
        const data = /^data: (.*)$/m.exec(text)?.[1];
        if (data === undefined) continue;
        const event = JSON.parse(data) as OverviewEvent;
        events.push(event);
        state = applyOverview(state, event);
      }
      wake();
    }
  })().catch((error: unknown) => {
    fault = error;
    wake();
  });
  const shown = (): ShownState => ({ ...state, runs: new Map([...state.runs].map(([id, { run }]) => [id, run])) });
  return {
    state: shown,
    events,
    until: async (holds) => {
      while (!holds(shown())) {
        if (fault !== undefined) throw fault;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    leave: () => leaving.abort(),
  };
}

/** The status of a request with any method, path and headers; `fetch` would not send some of them. */
export function statusOf(
  { port }: Pick<Served, 'port'>,
  path: string,
  { method = 'GET', headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const asking = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      response.on('error', reject);
    });
    asking.on('error', reject);
    asking.end(body);
  });
}

/** The resident memory of the server, bytes. */
export function memoryOf({ child }: Pick<Served, 'child'>): number {
  const [, kB = ''] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? [];
  return Number(kB) * 1_024;
}
