import type { FleetQueue } from '@pm/fleet';
import { PmError } from '@pm/protocol';
import type { Config } from '../config/config.ts';
import { readConfig } from '../config/read-config.ts';
import { shared } from './shared-engines.ts';

/** How long a lease is held without being extended, unless the configuration says it, ms. */
export const LEASE_MS = 30_000;

const ENGINE = 'engine:';
const VARIABLE = 'env:';

/** What stands for the folder of a queue that is kept by an engine. Its address is never on record, because it may have a password. */
export function engineFolder(queue: string): string {
  return `${ENGINE}${queue}`;
}

/** The name of a queue that is kept by an engine; undefined if the folder is a folder. */
export function engineQueueIn(folder: string): string | undefined {
  return folder.startsWith(ENGINE) ? folder.slice(ENGINE.length) : undefined;
}

/** The variable that holds the address of an engine, `env:NAME`; undefined if the address itself is in the configuration. */
function variableOf(engine: string | undefined): string | undefined {
  return engine?.startsWith(VARIABLE) === true ? engine.slice(VARIABLE.length) : undefined;
}

/** The variables that hold the address of an engine, of whichever queue. None of them reaches a command or another host. */
export function engineVariables(config: Config | undefined): ReadonlySet<string> {
  return new Set(Object.values(config?.queues ?? {}).flatMap(({ engine }) => variableOf(engine) ?? []));
}

/** Whether the configuration says that an engine keeps this queue. */
export function hasEngine(queue: string, config: Config | undefined): boolean {
  return config?.queues?.[queue]?.engine !== undefined;
}

/**
 * Opens a queue that an engine keeps, as the configuration of a directory says now. It is shared by all who ask in this process.
 * @param worker what a worker calls its host, and what that has; undefined for submitters
 * @throws PmError `usage` if no engine is named any more, or if its address is wrong; `engine-unavailable` if `@pm/fleet` is not installed
 */
export async function openEngine(
  queue: string,
  dir: string,
  worker?: { readonly name: string; readonly labels: readonly string[] },
): Promise<FleetQueue> {
  const settings = (await readConfig(dir))?.queues?.[queue];
  const url = addressOf(queue, settings?.engine);
  const leaseMs = settings?.lease ?? LEASE_MS;
  const { openFleetQueue } = await load(queue);
  const open = (): FleetQueue => {
    const named = worker === undefined ? {} : { host: worker.name, labels: worker.labels };
    try {
      return inPmTerms(queue, openFleetQueue(url, { queue, leaseMs, ...named }));
    } catch (error) {
      return explain(queue, error); // its address is none of an engine
    }
  };
  return shared(`${url} ${queue} ${worker?.name ?? ''} ${leaseMs}`, open);
}

function addressOf(queue: string, engine: string | undefined): string {
  if (engine === undefined) {
    const message = `pm.config.json does not say which engine keeps the queue ${queue}.`;
    throw new PmError('usage', message, `Set queues.${queue}.engine, for example to redis://127.0.0.1:6379.`);
  }
  const name = variableOf(engine);
  if (name === undefined) return engine;
  const url = process.env[name];
  if (url !== undefined && url !== '') return url;
  const message = `The engine of the queue ${queue} is in the variable ${name}, and that is not set.`;
  throw new PmError('usage', message, `Set ${name} to its URL, such as redis://127.0.0.1:6379.`);
}

async function load(queue: string): Promise<typeof import('@pm/fleet')> {
  try {
    return await import('@pm/fleet');
  } catch (cause) {
    if (!/MODULE_NOT_FOUND$/.test(String(Object(cause).code))) throw cause;
    const message = `The queue ${queue} needs the package @pm/fleet, which is not installed.`;
    throw new PmError('engine-unavailable', message, 'Use pm from a clone of this project, which contains it.', {
      cause,
    });
  }
}

/** The same queue with errors as frontends tell them. */
function inPmTerms(queue: string, fleet: FleetQueue): FleetQueue {
  const explained = Object.entries(fleet).map(([name, member]) => {
    if (typeof member !== 'function' || name === 'close' || name === 'subscribe') return [name, member];
    return [
      name,
      (...args: unknown[]) =>
        (member as (...all: unknown[]) => Promise<unknown>)(...args).catch((error) => explain(queue, error)),
    ];
  });
  return Object.fromEntries(explained) as FleetQueue;
}

function explain(queue: string, error: unknown): never {
  const { name, message } = Object(error) as Error;
  if (name !== 'EngineError') throw error;
  // This error has no password in it, unlike those of the clients.
  throw new PmError('engine-unavailable', `The queue ${queue} cannot be used: ${message}`, `pm queue ${queue}`, {
    cause: error,
  });
}
