import { NOTIFIABLE } from '@pm/protocol';
import * as z from 'zod/mini';
import { describe } from '../shape/describe.ts';

const words = z.string().check(z.minLength(1), z.maxLength(4_000));
const variable = z.string().check(z.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable'));

const on = describe(
  'Of what it is told: outcomes, and attentions of live runs. Default: every outcome except success; for codex and for --notify, every outcome.',
  z.optional(z.array(z.enum(NOTIFIABLE)).check(z.minLength(1, 'names nothing'))),
);
const log = describe('Whether the last lines of the log go with it (default false).', z.optional(z.boolean()));

const Command = z.strictObject({
  kind: z.literal('command'),
  argv: describe(
    'The command and its arguments, run without a shell in the folder of this file. It gets the facts as PM_NOTIFICATION_….',
    z.array(z.string()).check(z.minLength(1, 'names no command')),
  ),
  env: describe(
    'Variables of the start that it gets, besides PATH, HOME and similar ones.',
    z.optional(z.array(variable).check(z.maxLength(50))),
  ),
  on,
  log,
});

const Webhook = z.strictObject({
  kind: z.literal('webhook'),
  url: describe(
    'Where the facts are posted as JSON. For an address with a token: urlEnv or urlFile.',
    z.optional(words),
  ),
  urlEnv: describe('The variable of the start that has the address.', z.optional(variable)),
  urlFile: describe('The file that has the address, relative to this file, mode 0600.', z.optional(words)),
  secretEnv: describe('The variable of the start that has the key of the signature.', z.optional(variable)),
  secretFile: describe('The file that has the key of the signature, mode 0600.', z.optional(words)),
  on,
  log,
});

const Desktop = z.strictObject({ kind: z.literal('desktop'), on });

const Codex = z.strictObject({ kind: z.literal('codex'), on });

/** One target of `targets`: how somebody is told how a run ended. */
export const TargetSpec = z.discriminatedUnion(
  'kind',
  [Command, Webhook, Desktop, Codex],
  'must be command, webhook, desktop or codex',
);
export type TargetSpec = z.infer<typeof TargetSpec>;

/** The keys that a target may have, for the message that refuses another one. */
export const TARGET_KEYS = [...new Set([Command, Webhook, Desktop, Codex].flatMap((spec) => Object.keys(spec.shape)))];
