import { Console } from 'node:console';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { parseArgs } from 'node:util';
import { residentCall } from '@pm/operations';
import { openTasks } from './call/tasks.ts';
import { serveStdio } from './serve/serve-stdio.ts';
import type { ServerEnvironment } from './tools/tool-call.ts';
import { version } from './version.ts';

const HELP = `pm-mcp ${version}: Process Monitor for hosts that speak the Model Context Protocol.

pm-mcp               over stdin and stdout, as a host starts it; it leaves with its client
pm-mcp --http PORT   on 127.0.0.1, for clients that have the token of a file which it names

The project is the working directory, or PM_DIR; what models may ask for is in its pm.config.json (bounds).
`;

/** The whole program: what was asked for, and nothing on stdout but the protocol. */
export function pmMcp(serverProcess: NodeJS.Process): void {
  const asked = argumentsOf(serverProcess.argv.slice(2));
  if (typeof asked === 'string') {
    serverProcess.stderr.write(`${asked}\n`);
    serverProcess.exitCode = asked === HELP || asked === version ? 0 : 125;
    return;
  }
  const { stdout } = reserveStdout(serverProcess);
  // A host starts a server that crashed once, if at all: what went wrong in one call ends that call alone.
  serverProcess.stderr.on('error', () => {}); // nobody listens: no reason to go
  const tell = (error: unknown): void =>
    void serverProcess.stderr.write(`pm-mcp: ${error instanceof Error ? error.message : error}\n`);
  serverProcess.on('uncaughtException', tell);
  serverProcess.on('unhandledRejection', tell);
  const environment: ServerEnvironment = {
    cwd: serverProcess.cwd(),
    env: serverProcess.env,
    resident: residentCall(serverProcess.execPath),
  };
  const shared = { environment, tasks: openTasks(environment), calls: new Set<Promise<unknown>>() };
  if (asked.port === undefined) serveStdio(serverProcess, stdout, shared, tell);
  else void overHttp(asked.port, serverProcess, shared, tell);
}

function argumentsOf(argv: string[]): string | { readonly port?: number } {
  try {
    const options = { http: { type: 'string' }, help: { type: 'boolean' }, version: { type: 'boolean' } } as const;
    const { http, help, version: asksVersion } = parseArgs({ args: argv, options }).values;
    if (help === true) return HELP;
    if (asksVersion === true) return version;
    if (http === undefined) return {};
    const port = /^\d{1,5}$/.test(http) ? Number(http) : 65_536;
    return port > 65_535 ? `pm-mcp: --http takes a port, not ${http}` : { port };
  } catch (error) {
    return `pm-mcp: ${(error as Error).message}\npm-mcp: next: pm-mcp --help`;
  }
}

/** From here on only what is written to the stream returned gets to stdout, whatever a library prints. Code of the project runs elsewhere. */
function reserveStdout({ stdout, stderr }: NodeJS.Process): { readonly stdout: Writable } {
  const write = stdout.write.bind(stdout);
  stdout.write = stderr.write.bind(stderr);
  globalThis.console = new Console(stderr, stderr);
  return { stdout: new Writable({ decodeStrings: false, write: (text, _encoding, done) => void write(text, done) }) };
}

async function overHttp(
  port: number,
  serverProcess: NodeJS.Process,
  shared: Parameters<typeof serveStdio>[2],
  tell: (error: unknown) => void,
): Promise<void> {
  try {
    const { serveHttp } = await import('./serve/serve-http.ts');
    const state = serverProcess.env['XDG_STATE_HOME'] || join(homedir(), '.local/state');
    const tokenFile = join(state, 'process-monitor/mcp-token');
    const { url } = await serveHttp(port, tokenFile, shared);
    // Before the address is told: whoever reads it may end us at once.
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) serverProcess.on(name, () => serverProcess.exit(0));
    serverProcess.stderr.write(`pm-mcp: ${url} for requests with the token in ${tokenFile}\n`);
  } catch (error) {
    tell(error);
    serverProcess.exit(125);
  }
}
