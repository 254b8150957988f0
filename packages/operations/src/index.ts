// Every name here is public API. Operations load lazily: a frontend pays only for the verb it runs.
export type { Answer, BreakerView, LogAnswer, Next, Pruned, Refusal, RunView, Transition } from './answer.ts';
export type { CheckFinding } from './check-finding.ts';
export type { DoctorAnswer, Finding } from './doctor/finding.ts';
export type { InitAnswer } from './init.ts';
export type { Context, Operation, OperationEvent } from './operation.ts';
export type { PreflightAnswer } from './preflight-answer.ts';
export type { TemplateAnswer } from './template.ts';

/** Reads the descriptions of an operation's fields; loaded when a help page asks for it. */
export const descriptions = async () => (await import('./description.ts')).descriptionOf;

/** Holds a context to the bounds of its project's `pm.config.json`; loaded by frontends whose callers are models. */
export const bounds = async () => (await import('./bounds.ts')).bounded;

/** The events behind `watch`, for frontends that bring a loop of their own; loaded when asked for. */
export const transitions = async () => (await import('./transitions.ts')).transitions;

/** Every operation by its name. */
export const operations = {
  run: async () => (await import('./run.ts')).run,
  start: async () => (await import('./start.ts')).start,
  wait: async () => (await import('./wait.ts')).wait,
  watch: async () => (await import('./watch.ts')).watch,
  ls: async () => (await import('./ls.ts')).ls,
  status: async () => (await import('./status.ts')).status,
  logs: async () => (await import('./logs.ts')).logs,
  extend: async () => (await import('./extend.ts')).extend,
  stop: async () => (await import('./stop.ts')).stop,
  breaker: async () => (await import('./breaker.ts')).breaker,
  init: async () => (await import('./init.ts')).init,
  template: async () => (await import('./template.ts')).template,
  preflight: async () => (await import('./preflight.ts')).preflight,
  doctor: async () => (await import('./doctor.ts')).doctor,
  recover: async () => (await import('./recover.ts')).recover,
  prune: async () => (await import('./prune.ts')).prune,
} as const;
export type OperationName = keyof typeof operations;
