import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { sshError } from './host-errors.ts';
import { markReader } from './mark-reader.ts';
import { callArguments, type SshRoute } from './ssh.ts';

/** How one connection went. */
export type SessionEnd =
  | { readonly kind: 'ended'; readonly status: number; readonly program: string | undefined }
  /** There is no pm on this PATH. */
  | { readonly kind: 'absent'; readonly path: string }
  /** The call had ended there because nobody came back to it. */
  | { readonly kind: 'abandoned' }
  /** Nobody reads our output any more. */
  | { readonly kind: 'output-closed' }
  /** `why`: what ssh has said. `program`: who had begun the call, if it was begun in this connection. `isFinal`: a person was asked, in vain. */
  | {
      readonly kind: 'dropped';
      readonly why: string;
      readonly program: string | undefined;
      readonly isFinal?: boolean;
    };

export interface SshSessionOptions {
  readonly route: SshRoute;
  readonly command: string;
  readonly token: string;
  readonly env: NodeJS.ProcessEnv;
  /** @returns false if nobody reads any more */
  readonly write: (stream: 'out' | 'err', bytes: Buffer) => Promise<boolean>;
  /** The pm there has begun. */
  readonly onBegin: (program: string) => Promise<void>;
  readonly input?: NodeJS.ReadableStream;
}

/** One ssh that runs one command. */
export interface SshSession {
  readonly over: Promise<SessionEnd>;
  /** Ends ssh, not what runs there. */
  close(): void;
}

/** How long outputs may stay open behind an ssh that has ended: its shared connection may hold them. */
const DRAIN_MS = 2_000;

/** ssh in a session of its own, so that Ctrl-C reaches us alone. We tell the other side what it means. */
export function openSession(options: SshSessionOptions): SshSession {
  const { route, command, env, input } = options;
  const folder = route.folder ?? mkdtempSync(`${tmpdir()}/pm-ssh-`);
  const log = `${folder}/log-${process.pid}-${++opened}`;
  const child = spawn('ssh', callArguments(route, command, log), {
    env,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.on('error', () => {}); // it has ended
  if (input !== undefined) input.pipe(child.stdin);
  const over = overOf(child, options, log).finally(() => {
    if (route.folder === undefined) rmSync(folder, { recursive: true, force: true });
  });
  const close = (): void => {
    child.kill('SIGTERM');
    rmSync(log, { force: true });
  };
  return { over, close };
}

let opened = 0;

/** A login script that prints for ever is not kept. */
const MOST_NOISE_BYTES = 65_536;

async function overOf(child: ChildProcess, options: SshSessionOptions, log: string): Promise<SessionEnd> {
  const { token, onBegin, write } = options;
  const marks = {
    program: undefined as string | undefined,
    status: 0,
    ends: 0,
    absent: undefined as string | undefined,
  };
  let isAbandoned = false;
  let isClosed = false;
  const { promise: marked, resolve: allMarked } = withResolve();
  const noise: Buffer[] = [];
  let noiseBytes = 0;

  const onMark = async (words: string): Promise<void> => {
    const [what, ...rest] = words.split(' ');
    const text = rest.join(' ');
    if (what === 'begin' && marks.program === undefined) {
      marks.program = text;
      await onBegin(text);
    }
    if (what === 'absent') marks.absent = text;
    if (what === 'abandoned') isAbandoned = true;
    if (what === 'end') {
      marks.status = Number(text);
      if (++marks.ends === 2) allMarked();
    }
  };

  /** Reads a stream to its last mark. What a shell prints before pm begins is no output of pm. */
  const pass = async (stream: 'out' | 'err'): Promise<void> => {
    let hasBegun = false;
    const pieces = markReader(token);
    const source = stream === 'out' ? child.stdout : child.stderr;
    for await (const bytes of source as AsyncIterable<Buffer>) {
      for (const piece of pieces(bytes)) {
        if (typeof piece === 'string') {
          hasBegun = true;
          await onMark(piece);
        } else if (!hasBegun) {
          if (noiseBytes < MOST_NOISE_BYTES) noise.push(piece);
          noiseBytes += piece.length;
        } else if (!(await write(stream, piece))) {
          isClosed = true;
          child.kill('SIGTERM');
        }
      }
    }
  };
  const failure = new Promise<Error>((resolve) => child.once('error', resolve));
  const exited = once(child, 'exit').catch(() => {});
  const passed = Promise.all([pass('out'), pass('err')]).catch(() => {});
  const fault = await Promise.race([
    passed,
    marked,
    failure,
    exited.then(() => Promise.race([passed, pause(DRAIN_MS)])),
  ]);
  child.stdin?.destroy();
  const why = readAndRemove(log);
  if (fault instanceof Error) throw sshError(fault);
  if (isClosed) return { kind: 'output-closed' };
  if (isAbandoned) return { kind: 'abandoned' };
  if (marks.absent !== undefined) return { kind: 'absent', path: marks.absent };
  if (marks.program === undefined && noise.length > 0) await write('err', Buffer.concat(noise));
  if (marks.ends === 2) return { kind: 'ended', status: marks.status, program: marks.program };
  return { kind: 'dropped', why, program: marks.program };
}

function readAndRemove(log: string): string {
  try {
    const text = readFileSync(log, 'utf8').trim();
    rmSync(log, { force: true });
    return text;
  } catch {
    return '';
  }
}

function withResolve(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
