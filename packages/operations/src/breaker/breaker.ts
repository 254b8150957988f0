import { readdirSync } from 'node:fs';
import { type BreakerSnapshot, type GitReader, gitOnce } from '@pm/breaker';
import { Duration, directoryPaths, isStepName, PmError } from '@pm/protocol';
import { openDirectory } from '@pm/protocol/fs';
import { withCount } from '@pm/protocol/text';
import * as z from 'zod/mini';
import { breakerNamed, breakerOf } from '../config/breaker-of.ts';
import type { Config } from '../config/config.ts';
import { readConfig } from '../config/read-config.ts';
import { operation } from '../operation.ts';
import { locateDirectory } from '../project/locate-directory.ts';
import { stepsIn } from '../runs/find-run.ts';
import type { Answer } from '../shape/answer.ts';
import { describe } from '../shape/describe.ts';
import { dir } from '../shape/fields.ts';
import { snapshotForNextStart, viewOfBreaker } from './breaker-view.ts';
import { directoryBreaker } from './directory-breaker.ts';

const ACTIONS = ['status', 'ask', 'record', 'trip', 'reset', 'hold'] as const;

const BreakerInput = z.strictObject({
  action: describe('What to do. Default: list all breakers.', z.optional(z.enum(ACTIONS))),
  name: describe('Name of the breaker: a step, or the name that several steps share.', z.optional(z.string())),
  outcome: describe('record: how the work ended.', z.optional(z.enum(['success', 'failed']))),
  dir,
  signature: describe(
    'record: the error message of the failure. Parts that differ each time, such as numbers, are ignored.',
    z.optional(z.string().check(z.maxLength(20_000))),
  ),
  reason: describe(
    'trip, reset, hold: why. Shown when a start is refused.',
    z.optional(z.string().check(z.maxLength(200))),
  ),
  for: describe(
    'hold: for how long (default: until a reset). ask: how long the work may take; a trial without a result ends then (default 10m).',
    z.optional(Duration),
  ),
});

export const breaker = operation({
  name: 'breaker',
  summary:
    'Show and control the circuit breakers, which stop a failing step from being started again and again; scripts can use them too.',
  input: BreakerInput,
  output: async () => (await import('../shape/answer.ts')).Answer,
  run: async (input, context) => {
    const where = locateDirectory(input.dir, context);
    const config = await readConfig(where, context.bounds);
    const { action, name } = input;
    if (action === undefined) {
      const git = gitOnce();
      const all = namesIn(where).map((known) => at(known, git));
      const snapshots = await Promise.all(all.map(({ breaker }) => snapshotForNextStart(where, breaker, context.cwd)));
      return answerOf(snapshots, (id) => all.map(({ history }) => history.nameOf(id)).find(Boolean));
    }
    if (name === undefined) throw nameMissing(action, namesIn(where)[0]);
    if (!isStepName(name))
      throw missing(`${JSON.stringify(name)} is not a valid name`, 'A breaker has the name of a step, or one like it.');
    const stray = strayOption(action, input);
    if (stray !== undefined) throw stray;
    if (input.for === 0) throw noTime(action, name);
    if (action === 'reset' && !isKnown(where, config, name)) throw noSuchBreaker(name, where);
    if (action !== 'status' && action !== 'ask') openDirectory(where);
    const { breaker, history } = at(name);
    return perform(action, breaker, history.nameOf);

    function at(known: string, git?: GitReader) {
      return directoryBreaker(where, config, breakerNamed(config, known), context, git);
    }

    async function perform(
      asked: (typeof ACTIONS)[number],
      one: ReturnType<typeof at>['breaker'],
      nameOf: (id: string) => string | undefined,
    ): Promise<Answer> {
      const place = { cwd: context.cwd, ignore: where };
      const now = async () => answerOf([await snapshotForNextStart(where, one, context.cwd)], nameOf);
      switch (asked) {
        case 'status':
          return now();
        case 'ask':
          return answerOfAsk(
            await one.ask({ ...place, ...(input.for !== undefined && { trialMs: input.for }) }),
            nameOf,
            input.dir,
          );
        case 'record': {
          if (input.outcome === undefined) throw missing('record needs an outcome', `pm breaker record ${name} failed`);
          const { tripped } = await one.record(input.outcome, { ...place, signature: input.signature });
          return { ...(await now()), ...(tripped && { tripped }) };
        }
        case 'trip':
          return answerOf([one.trip(input.reason)], nameOf);
        case 'reset':
          return answerOf([one.reset(input.reason)], nameOf);
        case 'hold':
          return answerOf([one.hold(input.for ?? null, input.reason ?? 'no reason was given')], nameOf);
      }
    }
  },
});

function answerOf(snapshots: readonly BreakerSnapshot[], nameOf: (id: string) => string | undefined): Answer {
  const malformed = snapshots.flatMap((snapshot) => snapshot.malformed);
  const breakers = snapshots.map((snapshot) => viewOfBreaker(snapshot, nameOf));
  return { runs: [], breakers, ...(malformed.length > 0 && { malformed }), next: [] };
}

type Asked = Awaited<ReturnType<ReturnType<typeof directoryBreaker>['breaker']['ask']>>;

function answerOfAsk(
  { snapshot, ...asked }: Asked,
  nameOf: (id: string) => string | undefined,
  named: string | undefined,
): Answer {
  const answer = answerOf([snapshot], nameOf);
  if (asked.kind === 'trial') return { ...answer, trial: true };
  if (asked.kind === 'allowed') return answer;
  const [view] = answer.breakers ?? [];
  const message = `${snapshot.name}: ${snapshot.why}`;
  const kind = asked.why === 'held' ? 'held' : 'breaker-open';
  const why = 'if you fixed the cause';
  const reset = {
    operation: 'breaker',
    input: {
      action: 'reset',
      name: snapshot.name,
      reason: 'what was fixed',
      ...(named !== undefined && { dir: named }),
    },
    why,
  };
  return { ...answer, refusal: { kind, message, ...(view && { breaker: view }) }, next: [reset] };
}

/** An option that an action would ignore is an error: whoever writes `trip --for 1h` expects it to end. */
function strayOption(
  action: (typeof ACTIONS)[number],
  { for: forMs, signature, outcome, reason }: z.infer<typeof BreakerInput>,
): PmError | undefined {
  const isGiven = { for: forMs, signature, outcome, reason };
  const name = (['for', 'signature', 'outcome', 'reason'] as const).find(
    (option) => isGiven[option] !== undefined && !BELONGS[option].includes(action),
  );
  if (name !== undefined)
    return missing(`breaker ${action} does not take ${name}`, `${name} is for: ${BELONGS[name].join(', ')}.`);
  if (signature === undefined || outcome !== 'success') return undefined;
  return missing('A success has no signature', 'signature is for: record failed.');
}

const BELONGS: Readonly<Record<'for' | 'signature' | 'outcome' | 'reason', readonly (typeof ACTIONS)[number][]>> = {
  for: ['hold', 'ask'],
  signature: ['record'],
  outcome: ['record'],
  reason: ['trip', 'reset', 'hold'],
};

/** Its call is about a breaker that exists; if there is none, a reset would only be refused again. */
function nameMissing(action: (typeof ACTIONS)[number], known: string | undefined): PmError {
  const words = [action, known ?? 'train', ...(action === 'record' ? ['failed'] : [])];
  const isUseless = action === 'reset' && known === undefined;
  return missing(`breaker ${action} needs a name`, isUseless ? 'pm breaker' : `pm breaker ${words.join(' ')}`);
}

/** A hold or a trial that is over at once would be reported and do nothing. */
function noTime(action: string, name: string): PmError {
  return action === 'ask'
    ? missing('The time of a trial must be longer than 0', `pm breaker ask ${name} --for 10m`)
    : missing('The time of a hold must be longer than 0', `pm breaker hold ${name} --for 1h --reason 'migration'`);
}

/** True if it has a record, or if a step uses it. */
function isKnown(where: string, config: Config | undefined, name: string): boolean {
  const steps = [...stepsIn(where), ...Object.keys(config?.steps ?? {})];
  return namesIn(where).includes(name) || steps.some((step) => breakerOf(config, step)?.name === name);
}

function noSuchBreaker(name: string, where: string): PmError {
  const known = withCount(namesIn(where), 12) || 'none has a record';
  return missing(`There is no breaker ${name} in ${where}, and no step that uses it`, `Breakers here: ${known}.`);
}

/** The name of every breaker that has a record. */
function namesIn(where: string): string[] {
  try {
    return readdirSync(directoryPaths(where).breakers).filter(isStepName).sort();
  } catch {
    return []; // no breaker has a record
  }
}

function missing(message: string, next: string): PmError {
  return new PmError('usage', `${message}.`, next);
}
