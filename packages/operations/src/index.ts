// Every name here is public API (test/surface.test.ts lists them). An operation is loaded when it is used.

export { cutMiddle, decisiveLines, plainText } from '@pm/output';
export { closeInherited, lastingFolders, rememberAncestors } from '@pm/process';
export { stateFolder } from '@pm/protocol';
export {
  describeIssue,
  durationMeant,
  formatDuration,
  formatSize,
  type Issue,
  issuePath,
  quote,
  roughDuration,
  sizeMeant,
  withCount,
} from '@pm/protocol/text';
export type { ConformanceAnswer } from './conformance/conformance-answer.ts';
export type { DoctorAnswer, DoctorFinding } from './doctor/doctor-answer.ts';
export type { PastRun, PastRuns } from './history/history.ts';
export type { LogAnswer } from './inspect/log-answer.ts';
export type { KnownNames } from './inspect/step-names.ts';
export type { OverviewOptions } from './overview/overview.ts';
export type {
  OverviewAll,
  OverviewBreaker,
  OverviewEvent,
  OverviewRun,
  OverviewUsage,
} from './overview/overview-event.ts';
export type { PreflightAnswer } from './preflight/preflight-answer.ts';
export type { BatchEnding, BatchProgress, Context, OperationEvent } from './project/context.ts';
export { environmentFault } from './project/environment-fault.ts';
export type { LogMatches, LogPlace, LogRange, LogSearch, LogWindow } from './raw-log/raw-log.ts';
export { residentCall } from './resident-call.ts';
export type { TemplateAnswer } from './setup/template.ts';
export type { Answer, BreakerView, Next, Pruned, RunView } from './shape/answer.ts';
export type { InitAnswer } from './shape/init-answer.ts';
export type { Transition } from './shape/transition.ts';
export type { BatchView } from './shape/views/batch-view.ts';
export type { FindingView } from './shape/views/finding-view.ts';
export type { HolderView } from './shape/views/holder-view.ts';
export type { QueueView } from './shape/views/queue-view.ts';

/** Loads the function that returns the description of a field, for help pages. */
export const descriptions = async () => (await import('./shape/describe.ts')).descriptionOf;

/** Loads the function that adds the bounds of `pm.config.json` to a context, for frontends whose callers are models. */
export const bounds = async () => (await import('./project/bounds.ts')).withBounds;

/** Loads the generator behind `watch`, for frontends with a loop of their own. */
export const transitions = async () => (await import('./wait/transitions.ts')).transitions;

/** Loads the function that says whether a call changes nothing, for frontends that may only show. */
export const onlyLooks = async () => (await import('./access/only-looks.ts')).onlyLooks;

/** Loads the function that keeps a secret of this user in a file. */
export const ownSecret = async () => (await import('./access/own-secret.ts')).ownSecret;

/** Loads the generator that shows all runs of the user, for frontends that people look at. */
export const overview = async () => (await import('./overview/overview.ts')).overview;

/** Loads what shows a log as it was written: windows of it, its growth, and a search. */
export const rawLog = async () => await import('./raw-log/raw-log.ts');

/** Loads the runs of the past: those of one step, and those of all directories since an instant. */
export const history = async () => await import('./history/history.ts');

/** Loads the function that lists the names of steps, for completions. */
export const stepNames = async () => (await import('./inspect/step-names.ts')).stepNames;

/** Loads the functions that tell one process from another that has its pid, and signal no other one. */
export const processes = async () => await import('./project/processes.ts');

/** Loads the function that names the data on a descriptor that a command would not get; undefined if there is none. */
export const dataForCommand = async () => (await import('./project/caller-input.ts')).dataForCommand;

/** Every operation by its name. Each is a function that loads it. */
export const operations = {
  run: async () => (await import('./start/run.ts')).run,
  start: async () => (await import('./start/start.ts')).start,
  ensure: async () => (await import('./start/ensure.ts')).ensure,
  wait: async () => (await import('./wait/wait.ts')).wait,
  watch: async () => (await import('./wait/watch.ts')).watch,
  ls: async () => (await import('./inspect/ls.ts')).ls,
  status: async () => (await import('./inspect/status.ts')).status,
  logs: async () => (await import('./inspect/logs.ts')).logs,
  adopt: async () => (await import('./adopt/adopt.ts')).adopt,
  extend: async () => (await import('./control/extend.ts')).extend,
  stop: async () => (await import('./control/stop.ts')).stop,
  who: async () => (await import('./control/who.ts')).who,
  up: async () => (await import('./start/up.ts')).up,
  down: async () => (await import('./sets/down.ts')).down,
  batch: async () => (await import('./batch/batch.ts')).batch,
  queue: async () => (await import('./control/queue.ts')).queue,
  worker: async () => (await import('./worker/worker.ts')).worker,
  breaker: async () => (await import('./breaker/breaker.ts')).breaker,
  init: async () => (await import('./setup/init.ts')).init,
  template: async () => (await import('./setup/template.ts')).template,
  conformance: async () => (await import('./conformance/conformance.ts')).conformance,
  preflight: async () => (await import('./preflight/preflight.ts')).preflight,
  doctor: async () => (await import('./doctor/doctor.ts')).doctor,
  recover: async () => (await import('./inspect/recover.ts')).recover,
  prune: async () => (await import('./retention/prune.ts')).prune,
} as const;
export type OperationName = keyof typeof operations;
