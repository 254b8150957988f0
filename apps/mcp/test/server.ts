import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Client, type JSONRPCMessage, type Transport } from '@modelcontextprotocol/client';
import { afterEach, expect } from 'vitest';
import { faultsOfResult } from './suggested-calls.ts';

/** The suggested calls of every result that cannot be made; the test that got them fails. */
const faults: string[] = [];
afterEach(() => expect(faults.splice(0)).toEqual([]));

const MAIN = fileURLToPath(new URL('../dist/main.cjs', import.meta.url));

/** A built server in its own process. */
export interface Serving {
  readonly child: ChildProcess;
  /** The lines that it wrote to stdout. */
  readonly lines: string[];
  readonly transport: Transport;
  /** Its exit code or signal, when it has ended. */
  readonly gone: Promise<number | string | null>;
}

/** The built server; `npm test` has built it. */
export function serveBuilt(
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
  main: string = MAIN,
): Serving {
  if (!existsSync(main)) throw new Error(`${main} is missing: build first (turbo run build --filter=@pm/mcp)`);
  const child = spawn(process.execPath, [main], {
    cwd,
    env: env as NodeJS.ProcessEnv,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const gone = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string | null);
  const lines: string[] = [];
  child.stderr?.resume();
  const transport: Transport = {
    async start() {
      createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
        lines.push(line);
        faults.push(...faultsOfResult(JSON.parse(line)));
        transport.onmessage?.(JSON.parse(line) as JSONRPCMessage); // a line that is no JSON fails the test
      });
      void gone.then(() => transport.onclose?.());
    },
    async send(message) {
      if (child.stdin?.writable) child.stdin.write(`${JSON.stringify(message)}\n`); // a closed client sends nothing
    },
    async close() {
      child.stdin?.end();
      await gone;
    },
  };
  return { child, lines, transport, gone };
}

/** The eras of the protocol, as the official client opens them. */
export const ERAS = ['legacy', 'auto'] as const;

/** The official client, connected to such a server. */
export async function connect({ transport }: Serving, era: (typeof ERAS)[number], name = 'test'): Promise<Client> {
  const client = new Client({ name, version: '1' }, { versionNegotiation: { mode: era } });
  await client.connect(transport);
  return client;
}
