// Every name here is public API. Operations load lazily: a frontend pays only for the verb it runs.
export type { Answer, LogAnswer, Next, Refusal, RunView } from './answer.ts';
export type { Context, Operation, OperationEvent } from './operation.ts';

/** Reads the descriptions of an operation's fields; loaded when a help page asks for it. */
export const descriptions = async () => (await import('./description.ts')).descriptionOf;

/** Every operation by its name. */
export const operations = {
  run: async () => (await import('./run.ts')).run,
  start: async () => (await import('./start.ts')).start,
  wait: async () => (await import('./wait.ts')).wait,
  ls: async () => (await import('./ls.ts')).ls,
  status: async () => (await import('./status.ts')).status,
  logs: async () => (await import('./logs.ts')).logs,
  stop: async () => (await import('./stop.ts')).stop,
} as const;
export type OperationName = keyof typeof operations;
