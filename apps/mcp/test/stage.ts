import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CallToolResult, Client } from '@modelcontextprotocol/client';
import { operations, type RunView } from '@pm/operations';
import { test as base, expect } from 'vitest';
import { connect, type ERAS, type Serving, serveBuilt } from './server.ts';
import { asTaskClient, type TaskClient } from './task-client.ts';

/** The project of one test, with the servers that were started in it. */
export interface Stage {
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  serve(env?: Readonly<Record<string, string>>): Serving;
  /** The official client, connected to its own server. */
  client(era: (typeof ERAS)[number], name?: string): Promise<Client>;
  /** A client that declares the Tasks extension, as Claude Code does. Its server holds `tasks/get` for 300 ms, unless it is given another. */
  taskClient(serving?: Serving): TaskClient;
  /** Registers work to do when the test is over. */
  later(work: () => Promise<void>): void;
  /** The runs in the records, read without a server. */
  runs(): Promise<readonly RunView[]>;
  /** Creates the file that a job waits for. */
  cue(name: string): void;
  close(): Promise<void>;
}

/** A test with its own stage. */
export const test = base.extend<{ stage: Stage }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the names of what a fixture needs from this pattern
  stage: async ({}, use) => {
    const stage = openStage();
    try {
      await use(stage);
    } finally {
      await stage.close();
    }
  },
});

/** The path of a job's program in test/fixtures. */
export function job(name: string): string {
  return new URL(`fixtures/${name}`, import.meta.url).pathname;
}

/** Calls a tool and returns its result. */
export async function call(client: Client, name: string, input: Record<string, unknown>): Promise<CallToolResult> {
  return (await client.callTool({ name, arguments: input }, { timeout: 60_000 })) as CallToolResult;
}

/** The structured content of a result; fails if the result is an error. */
export function facts({ isError, structuredContent, content }: CallToolResult): Record<string, unknown> {
  expect([isError, content[0]]).not.toEqual([true, expect.anything()]);
  return structuredContent as Record<string, unknown>;
}

/** The text of a result. */
export function textOf({ content }: CallToolResult): string {
  const [first] = content;
  return first?.type === 'text' ? first.text : '';
}

/** An empty stage. Who opens it closes it. */
export function openStage(): Stage {
  const folder = mkdtempSync(join(tmpdir(), 'pm mcp ')); // with spaces, as many paths have
  const env = { ...withoutOurs(process.env), PM_RESIDENT: 'off', STAGE: folder, XDG_STATE_HOME: join(folder, 'state') };
  writeFileSync(join(folder, 'package.json'), '{}');
  const serving: Serving[] = [];
  const works: (() => Promise<void>)[] = [];
  const context = { cwd: folder, env, signal: new AbortController().signal };
  const stage: Stage = {
    folder,
    env,
    serve(more) {
      const served = serveBuilt(folder, { ...env, ...more });
      serving.push(served);
      return served;
    },
    client: (era, name) => connect(stage.serve(), era, name),
    taskClient: (served = stage.serve({ PM_MCP_BUDGET_MS: '300' })) => asTaskClient(served),
    later: (work) => void works.push(work),
    async runs() {
      const ls = await operations.ls();
      return (await ls.run(ls.input.parse({}), context)).runs;
    },
    cue: (name) => writeFileSync(join(folder, name), ''),
    async close() {
      try {
        for (const work of works) await work();
        for (const { child, gone } of serving) {
          child.stdin?.end();
          await gone;
        }
        const live = existsSync(join(folder, '.pm'))
          ? (await stage.runs()).filter(({ state }) => state !== 'ended')
          : [];
        const stop = await operations.stop();
        const steps = live.map(({ step }) => step);
        if (steps.length > 0) await stop.run(stop.input.parse({ steps, force: true }), context);
      } finally {
        await rm(folder, { recursive: true, force: true, maxRetries: 50 }); // a wrapper may still remove files
      }
    },
  };
  return stage;
}

/** The ended runs that another session would be told of. It is not recorded that it was. */
export async function untoldSteps({ folder, env }: Stage): Promise<readonly string[]> {
  const recover = await operations.recover();
  const context = { cwd: folder, env: { ...env, PM_SESSION: 'another' }, signal: new AbortController().signal };
  const { runs } = await recover.run(recover.input.parse({}), context);
  return runs.filter(({ state }) => state === 'ended').map(({ step }) => step);
}

function withoutOurs(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^PM_|^CLAUDE_|^NODE_EXTRA_CA_CERTS$|^MCP_/.test(name)),
  );
}
