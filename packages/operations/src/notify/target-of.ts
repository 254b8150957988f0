import { dirname } from 'node:path';
import { addressOf, codexThreadOf, noDesktop, startEnvironment, type Target } from '@pm/notify';
import { resolveCommand } from '@pm/process';
import { type Notifiable, OUTCOMES, PmError, type RunRecord } from '@pm/protocol';
import { withCount } from '@pm/protocol/text';
import type { Config } from '../config/config.ts';
import { configFileOf } from '../config/read-config.ts';
import type { TargetSpec } from '../config/target-spec.ts';
import type { Context } from '../project/context.ts';
import { type SecretText, secretInFile, secretInVariable } from './read-secret.ts';

/** Where a target was named, and for whose run. */
export interface Asking {
  /** By the call and not by the configuration: then the person who types wants to know of each outcome. */
  readonly isCall: boolean;
  readonly config: Config | undefined;
  /** The directory of runs. */
  readonly dir: string;
  readonly owner: RunRecord['owner'];
  readonly context: Pick<Context, 'cwd' | 'env'>;
}

const FAILURES = OUTCOMES.filter((outcome) => outcome !== 'success');

/**
 * The target that a word of `--notify` or `notify` stands for: a name of the configuration first, then a plain spelling. `fault` of its
 * plan says why it cannot be told anything here.
 * @returns undefined if it does not concern this run: a thread of Codex, and the run was started by something else
 * @throws PmError `usage` if the word means nothing
 */
export function targetOf(word: string, asking: Asking): Target | undefined {
  const { config, dir, isCall, context } = asking;
  const configured = Object.hasOwn(config?.targets ?? {}, word) ? config?.targets?.[word] : undefined;
  const spec = configured ?? plainSpec(word);
  if (spec === undefined) throw unknownTarget(word, asking);
  const home = dirname(configFileOf(dir));
  // Of a URL only the place: it often holds a token.
  const name = configured === undefined && spec.kind === 'webhook' && spec.url ? placeOf(spec.url) : word;
  const on: readonly Notifiable[] = spec.on ?? (isCall || spec.kind === 'codex' ? OUTCOMES : FAILURES);
  const common = { name, on: [...on], ...('log' in spec && spec.log === true && { log: true }) };
  return madeOf(spec, common, home, configured === undefined && isCall ? context.cwd : home, asking);
}

type Common = Pick<Target['plan'], 'name' | 'on' | 'log'>;

function madeOf(spec: TargetSpec, common: Common, home: string, cwd: string, asking: Asking): Target | undefined {
  const { env } = asking.context;
  switch (spec.kind) {
    case 'webhook':
      return webhookOf(spec, common, home, asking);
    case 'command': {
      const resolved = resolveCommand(spec.argv[0] ?? '', cwd, env['PATH']);
      const missing = spec.env?.find((name) => env[name] === undefined);
      const fault = resolved.kind === 'found' ? missing && `the variable ${missing} is not set` : resolved.why;
      const plan = { ...common, kind: spec.kind, argv: [...spec.argv], cwd, ...(fault && { fault }) };
      return { plan, secrets: { env: startEnvironment(env, spec.env) } };
    }
    case 'desktop': {
      const own = startEnvironment(env);
      const fault = noDesktop(own);
      return { plan: { ...common, kind: spec.kind, ...(fault && { fault }) }, secrets: { env: own } };
    }
    case 'codex': {
      const thread = codexThreadOf(asking.owner);
      if (thread === undefined && !asking.isCall) return undefined;
      const isThere = resolveCommand('codex', cwd, env['PATH']).kind === 'found';
      const fault =
        thread === undefined
          ? 'this start does not come from a thread of Codex'
          : isThere
            ? undefined
            : 'codex is not on the PATH';
      const plan = { ...common, kind: spec.kind, ...(thread && { thread }), ...(fault && { fault }) };
      return { plan, secrets: { env: startEnvironment(env) } };
    }
  }
}

type WebhookSpec = Extract<TargetSpec, { kind: 'webhook' }>;

function webhookOf(spec: WebhookSpec, common: Common, home: string, { context }: Asking): Target {
  const address = given(spec.url, spec.urlEnv, spec.urlFile, home, context);
  const secret = given(undefined, spec.secretEnv, spec.secretFile, home, context);
  const fault =
    faultIn(address ?? { fault: 'it has no url, urlEnv or urlFile' }) ??
    (address && 'text' in address && addressOf(address.text) === undefined
      ? 'its address is not a URL of http or https'
      : undefined) ??
    faultIn(secret);
  const plan = { ...common, kind: 'webhook' as const, ...(fault !== undefined && { fault }) };
  if (fault !== undefined) return { plan };
  return { plan, secrets: { ...textIn('url', address), ...textIn('secret', secret) } };
}

function given(
  text: string | undefined,
  variable: string | undefined,
  file: string | undefined,
  home: string,
  { env }: Pick<Context, 'env'>,
): SecretText | undefined {
  if (text !== undefined) return { text };
  if (variable !== undefined) return secretInVariable(variable, env);
  return file === undefined ? undefined : secretInFile(file, home);
}

function faultIn(secret: SecretText | undefined): string | undefined {
  return secret !== undefined && 'fault' in secret ? secret.fault : undefined;
}

function textIn(key: 'url' | 'secret', secret: SecretText | undefined): Partial<Record<'url' | 'secret', string>> {
  return secret !== undefined && 'text' in secret ? { [key]: secret.text } : {};
}

/** The spellings that need no configuration. */
function plainSpec(word: string): TargetSpec | undefined {
  if (word === 'desktop' || word === 'codex') return { kind: word };
  if (/^https?:/i.test(word)) return { kind: 'webhook', url: word };
  const [, kind, rest = ''] = /^(env|command):(.+)$/s.exec(word) ?? [];
  if (kind === 'env') return /^[A-Za-z_][A-Za-z0-9_]*$/.test(rest) ? { kind: 'webhook', urlEnv: rest } : undefined;
  return kind === 'command' ? { kind, argv: [rest] } : undefined;
}

/** `https://hooks.example.com`, without user, path and query. */
function placeOf(url: string): string {
  return addressOf(url)?.origin ?? 'a URL';
}

function unknownTarget(word: string, { config, dir, isCall }: Asking): PmError {
  const file = configFileOf(dir);
  const names = Object.keys(config?.targets ?? {});
  const known =
    names.length === 0 ? `a target of ${file}, which has none` : `a target of ${file}: ${withCount(names, 12)}`;
  const where = isCall ? '--notify' : `${file}: notify`;
  return new PmError(
    'usage',
    `${where}: ${JSON.stringify(word.slice(0, 80))} is no target.`,
    `Use desktop, a URL, env:NAME, command:PROGRAM, codex, or ${known}. Nothing was started.`,
  );
}
