import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Client, type JSONRPCMessage, type Transport } from '@modelcontextprotocol/client';

const MAIN = fileURLToPath(new URL('../dist/main.cjs', import.meta.url));

/** A built server as a process of its own. */
export interface Serving {
  readonly child: ChildProcess;
  /** Whatever it wrote to stdout, line by line. */
  readonly lines: string[];
  readonly transport: Transport;
  /** Its exit code or signal, once it has gone. */
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
        transport.onmessage?.(JSON.parse(line) as JSONRPCMessage); // what is none fails the test
      });
      void gone.then(() => transport.onclose?.());
    },
    async send(message) {
      if (child.stdin?.writable) child.stdin.write(`${JSON.stringify(message)}\n`); // a client that left says no more
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

/** The official client on such a server. */
export async function connect({ transport }: Serving, era: (typeof ERAS)[number], name = 'test'): Promise<Client> {
  const client = new Client({ name, version: '1' }, { versionNegotiation: { mode: era } });
  await client.connect(transport);
  return client;
}
