import * as z from 'zod/mini';
import { ATTENTIONS, OUTCOMES } from '../outcome.ts';
import { amount, instant, optionalText, text, v } from './fields.ts';
import { IdentityRecord } from './identity.ts';

/** The ways to reach a person. */
export const TARGET_KINDS = ['command', 'webhook', 'desktop', 'codex'] as const;
export type TargetKind = (typeof TARGET_KINDS)[number];

/** What a target may be told of: the end of a run by its outcome, or a live run that needs a decision. */
export const NOTIFIABLE = [...OUTCOMES, ...ATTENTIONS] as const;
export type Notifiable = (typeof NOTIFIABLE)[number];

/** Who is to be told, and of what. It holds no secret. */
export const PlannedTarget = z.looseObject({
  /** As it was named in the configuration or in the call, without a secret. */
  name: text,
  kind: z.enum(TARGET_KINDS),
  on: z.array(z.enum(NOTIFIABLE)),
  /** `command`: the program and its arguments. */
  argv: z.optional(z.array(text).check(z.minLength(1))),
  /** `command`: where it runs. */
  cwd: optionalText,
  /** `codex`: the thread that gets the line. */
  thread: optionalText,
  /** Whether the last lines of the log go with it. */
  log: z.optional(z.boolean()),
  /** Why this target cannot be told anything. It was found out at the start. */
  fault: optionalText,
});
export type PlannedTarget = z.infer<typeof PlannedTarget>;

/** `notify/plan`: who is told about this run. Written once, before the run is launched. */
export const NotificationPlanRecord = z.looseObject({
  v,
  at: instant,
  targets: z.array(PlannedTarget).check(z.maxLength(16)),
});
export type NotificationPlanRecord = z.infer<typeof NotificationPlanRecord>;

/** What one target needs and nobody else may know, captured at the start. */
export const TargetSecrets = z.looseObject({
  /** The number of the target in the plan. */
  target: amount,
  /** `webhook`: the address. It often holds a token. */
  url: optionalText,
  /** `webhook`: the key of its signature. */
  secret: optionalText,
  /** The environment of a program that is started. */
  env: z.optional(z.record(text, text)),
});
export type TargetSecrets = z.infer<typeof TargetSecrets>;

/** `notify/secrets`: removed once everything is delivered or given up. */
export const NotificationSecretsRecord = z.looseObject({ v, targets: z.array(TargetSecrets) });
export type NotificationSecretsRecord = z.infer<typeof NotificationSecretsRecord>;

/** `notify/<attention>`: a live run needed a decision. Created once for each attention of a run. */
export const AttentionEventRecord = z.looseObject({ v, at: instant, attention: z.enum(ATTENTIONS), evidence: text });
export type AttentionEventRecord = z.infer<typeof AttentionEventRecord>;

/** `notify/<target>.<event>.<n>`: the n-th try to deliver began. Whoever creates it makes that try. */
export const DeliveryTryRecord = z.looseObject({
  v,
  at: instant,
  identity: IdentityRecord,
  /** The boot and pid namespace in which that pid is valid. */
  scope: z.looseObject({ bootId: text, pidNamespace: text }),
});
export type DeliveryTryRecord = z.infer<typeof DeliveryTryRecord>;

/** `notify/<target>.<event>.<n>.failed`: that try has failed. */
export const FailedTryRecord = z.looseObject({
  v,
  at: instant,
  why: text,
  /** The receiver asked for this pause, ms. */
  retryAfterMs: z.optional(amount),
});
export type FailedTryRecord = z.infer<typeof FailedTryRecord>;

/** How a delivery ended. `unneeded`: somebody else had told it already. */
export const DELIVERY_ENDS = ['delivered', 'given-up', 'unneeded'] as const;

/** `notify/<target>.<event>`: the delivery is over. Created once. */
export const DeliveryEndRecord = z.looseObject({
  v,
  at: instant,
  state: z.enum(DELIVERY_ENDS),
  tries: amount,
  why: optionalText,
});
export type DeliveryEndRecord = z.infer<typeof DeliveryEndRecord>;
