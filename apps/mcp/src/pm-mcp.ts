import { Console } from 'node:console';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { parseArgs } from 'node:util';
import { closeInherited, residentCall, stateFolder } from '@pm/operations';
import { openTasks } from './call/tasks.ts';
import type { RequestId } from './serve/opening.ts';
import { serveStdio } from './serve/serve-stdio.ts';
import type { ServerEnvironment } from './tools/tool-call.ts';
import { version } from './version.ts';

const HELP = `pm-mcp ${version}: Process Monitor as a server of the Model Context Protocol.

pm-mcp               serves one client over stdin and stdout, and exits when the client does
pm-mcp --http PORT   serves HTTP on 127.0.0.1; it prints the file with the token that clients need

The project is the working directory, or the one of PM_DIR. "bounds" in its pm.config.json limits what models may ask for.
`;

/**
 * The whole program. Only the protocol is written to stdout.
 * @param answered the id of the client's first request, if that was answered already
 */
export function pmMcp(serverProcess: NodeJS.Process, answered?: RequestId): void {
  const asked = argumentsOf(serverProcess.argv.slice(2));
  if (typeof asked === 'string') {
    serverProcess.stderr.write(`${asked}\n`);
    serverProcess.exitCode = asked === HELP || asked === version ? 0 : 125;
    return;
  }
  closeInherited(); // else what starts this server would be held by every run
  const { stdout } = reserveStdout(serverProcess);
  // Many hosts do not restart a server that crashed, so an error in one call must not end the process.
  serverProcess.stderr.on('error', () => {}); // a closed stderr is no reason to exit
  const logError = (error: unknown): void =>
    void serverProcess.stderr.write(`pm-mcp: ${error instanceof Error ? error.message : error}\n`);
  serverProcess.on('uncaughtException', logError);
  serverProcess.on('unhandledRejection', logError);
  const environment: ServerEnvironment = {
    cwd: serverProcess.cwd(),
    env: serverProcess.env,
    resident: residentCall(serverProcess.execPath),
  };
  const shared = { environment, tasks: openTasks(environment), calls: new Set<Promise<unknown>>() };
  if (asked.port === undefined) serveStdio(serverProcess, stdout, shared, logError, answered);
  else void overHttp(asked.port, serverProcess, shared, logError);
}

function argumentsOf(argv: string[]): string | { readonly port?: number } {
  try {
    const options = { http: { type: 'string' }, help: { type: 'boolean' }, version: { type: 'boolean' } } as const;
    const { http, help, version: asksVersion } = parseArgs({ args: argv, options }).values;
    if (help === true) return HELP;
    if (asksVersion === true) return version;
    if (http === undefined) return {};
    const port = /^\d{1,5}$/.test(http) ? Number(http) : 65_536;
    return port > 65_535 ? `pm-mcp: --http needs a port from 0 to 65535, not ${http}` : { port };
  } catch (error) {
    return `pm-mcp: ${(error as Error).message}\npm-mcp: next: pm-mcp --help`;
  }
}

/** Redirects console and process.stdout to stderr, in case a library prints something. Only the returned stream writes to stdout. */
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
  logError: (error: unknown) => void,
): Promise<void> {
  try {
    const { serveHttp } = await import('./serve/serve-http.ts');
    const state = stateFolder(serverProcess.env);
    if (state === undefined)
      throw new Error(
        'the token has no place: set HOME or XDG_STATE_HOME to an absolute path, then start pm-mcp again',
      );
    const tokenFile = join(state, 'mcp-token');
    const { url } = await serveHttp(port, tokenFile, shared);
    // Before the address is printed, because a reader of it may send a signal at once.
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) serverProcess.on(name, () => serverProcess.exit(0));
    serverProcess.stderr.write(`pm-mcp: ${url} for requests with the token in ${tokenFile}\n`);
  } catch (error) {
    logError(error);
    serverProcess.exit(125);
  }
}
