import { processesOf } from '@pm/monitor';
import { listenersOn, nameListeners, type ProcessTable, portsOf } from '@pm/process';
import type { RunRecord } from '@pm/protocol';
import type { RunView } from '../shape/answer.ts';

/** The ports on which a run listens now: those of all its processes. */
export function portsOfRun(dir: string, run: RunRecord, table: ProcessTable): number[] {
  return portsOf(processesOf(dir, run, table));
}

/** What has become of these ports: each is free, or it is told who listens on it. */
export function portsNow(ports: readonly number[]): NonNullable<RunView['ports']> {
  return ports.map((port) => {
    const listeners = listenersOn(port);
    return listeners.length === 0 ? { port } : { port, heldBy: nameListeners(listeners) };
  });
}
