// Every name here is public API. Named exports only; the root imports no node: module (the fs subpath does).
export type { Attempt } from './attempt.ts';
export {
  type Decoded,
  type Delay,
  decodeDelayed,
  decodeEnding,
  decodeIdentity,
  decodeJson,
  decodeReplaced,
  decodeTruncated,
  type Ending,
  encodeDeadline,
  encodeEnding,
  encodeIdentity,
  encodeJson,
  encodeLease,
  type OrderCause,
  type RunLease,
  type UnbegunReason,
} from './codec.ts';
export { DEFAULTS, LOOKS_BEFORE_HUNG } from './defaults.ts';
export { PmError } from './errors.ts';
export { decodePid, decodeSaidStatus, decodeStatus, type SaidStatus } from './flat-files.ts';
export {
  ADVICE,
  type Advice,
  ATTENTIONS,
  type Attention,
  LIVENESS,
  type Liveness,
  OUTCOMES,
  type Outcome,
  REASONS,
  RESTARTS,
  type Reason,
  type Restart,
  STATES,
  type State,
} from './outcome.ts';
export {
  attemptPaths,
  directoryPaths,
  type RunPaths,
  readyPath,
  runPaths,
  stateFolder,
  stepPaths,
} from './paths.ts';
export { DEFAULT_POLICY, Policy } from './policy.ts';
export { readerNameOf } from './reader.ts';
export { AttentionRecord } from './records/attention.ts';
export { FailingRecord } from './records/failing.ts';
export { IdentityRecord } from './records/identity.ts';
export {
  AttentionEventRecord,
  DELIVERY_ENDS,
  DeliveryEndRecord,
  DeliveryTryRecord,
  FailedTryRecord,
  NOTIFIABLE,
  type Notifiable,
  NotificationPlanRecord,
  NotificationSecretsRecord,
  type PlannedTarget,
  TARGET_KINDS,
  type TargetKind,
  type TargetSecrets,
} from './records/notification.ts';
export { OutcomeRecord, Survivor } from './records/outcome.ts';
export { QueuedRecord } from './records/queued.ts';
export { ReadyRecord } from './records/ready.ts';
export { CHUNK_BYTES, decodeLogChunk, decodeReport, type LogChunk, type Report } from './records/report.ts';
export { ResidentRecord } from './records/resident.ts';
export { RunRecord } from './records/run.ts';
export { TraceRecord } from './records/trace.ts';
export { isRunId, newRunId } from './run-id.ts';
export { isStepName, parseStepRef, StepName } from './step.ts';
export { DiskSize, Duration, Limit, LONGEST_MS, LogSize } from './unit-schemas.ts';
