import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { growTree, type Identity, identify, membersOf, scan, type Tree, terminate } from '@pm/process';
import { assetPath } from '../assets.ts';
import type { CheckContext } from '../check.ts';

const PROGRAM = assetPath('own-checks.mjs');

/** A thread for one of the project's own checks. */
export interface CheckThread<Message> {
  /** The next message of the thread, or how the thread or the whole process ended instead. */
  next(): Promise<Message | ThreadFault>;
  post(message: object): void;
  /** Ends the thread. The last thread ends the process and everything it has started. May be called again. */
  end(): Promise<void>;
}

/** Why a thread can send no more messages. */
export interface ThreadFault {
  readonly type: 'fault';
  readonly why: string;
}

// Why: contributing/decisions/2026-11-27-own-checks-in-a-process.md
/**
 * Opens a thread. All threads share one process that is not ours, so that a check cannot write to our file descriptors or crash us with
 * native code. A process for each check would cost its start and 40 MB.
 * @param env the environment of the thread
 */
export function openThread<Message>(workerData: object, env: CheckContext['env']): CheckThread<Message> {
  const host = current ?? begin(env);
  current = host;
  const id = host.begun++;
  const known: (Message | ThreadFault)[] = [];
  let heard: ((message: Message | ThreadFault) => void) | undefined;
  host.threads.set(id, (message) => {
    if (heard === undefined) known.push(message as Message | ThreadFault);
    else heard(message as Message | ThreadFault);
    heard = undefined;
  });
  const post = (message: object): void => void (host.child.connected && host.child.send({ id, ...message }, () => {}));
  post({ type: 'open', workerData, env: { ...env, ...host.mark } });
  return {
    next: () =>
      new Promise((settle) => {
        const first = known.shift() ?? host.fault;
        if (first === undefined) heard = settle;
        else settle(first);
      }),
    post,
    async end() {
      if (!host.threads.delete(id)) return;
      post({ type: 'end' });
      if (host.threads.size === 0) await close(host);
    },
  };
}

interface Host {
  readonly child: ChildProcess;
  readonly identity: Identity | undefined;
  /** In the environment of everything that the checks start. */
  readonly mark: { readonly [MARK]: string };
  readonly threads: Map<number, (message: unknown) => void>;
  begun: number;
  fault?: ThreadFault;
}

const MARK = 'PM_OWN_CHECKS';

let current: Host | undefined;

function begin(env: CheckContext['env']): Host {
  const mark = { [MARK]: randomUUID() } as const;
  const child = fork(PROGRAM, [], {
    detached: true, // it leads its own process group, and can end that
    env: { ...env, ...mark } as NodeJS.ProcessEnv,
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 2, 2, 'ipc'], // our stdout may be a protocol
  });
  // A caller that waits for an answer keeps us alive; a thread that nobody waits for does not.
  child.unref();
  child.channel?.unref();
  const identity = child.pid === undefined ? undefined : identify(child.pid);
  const host: Host = { child, identity, mark, threads: new Map(), begun: 0 };
  const ended = (why: string): void => {
    if (current === host) current = undefined;
    host.fault ??= { type: 'fault', why };
    for (const tell of host.threads.values()) tell(host.fault);
  };
  child.on('message', ({ id, message }: { id: number; message: unknown }) => host.threads.get(id)?.(message));
  child.on('error', (error) => ended(`could not start its process (${error.message})`));
  child.on('exit', (code, signal) => ended(`ended its process (${signal ?? `exit ${code}`}) without an answer`));
  return host;
}

/** Ends all descendants of the process and all that carry its mark. Where processes cannot be identified, the process ends its group when the channel closes. */
async function close(host: Host): Promise<void> {
  if (current === host) current = undefined;
  const { child, identity: root, mark } = host;
  if (root === undefined) {
    if (child.connected) child.disconnect();
    return;
  }
  const marker = `${MARK}=${mark[MARK]}`;
  let tree: Tree | undefined;
  const find = (): readonly Identity[] => {
    tree = growTree({ root, marker }, tree, scan());
    return membersOf(tree);
  };
  await terminate({ find, graceMs: 0 });
}
