import { readdirSync } from 'node:fs';
import { type BreakerSnapshot, type GitReader, gitOnce } from '@pm/breaker';
import { directoryPaths, isStepName, type PmError } from '@pm/protocol';
import { openDirectory } from '@pm/protocol/fs';
import { withCount } from '@pm/protocol/text';
import { breakerNamed, breakerOf } from '../config/breaker-of.ts';
import type { Config } from '../config/config.ts';
import { readConfig } from '../config/read-config.ts';
import { operation } from '../operation.ts';
import { locateDirectory } from '../project/locate-directory.ts';
import { stepsIn } from '../runs/find-run.ts';
import type { Answer } from '../shape/answer.ts';
import { type BreakerAction, BreakerInput, missing, nameMissing, noTime, strayOption } from './breaker-input.ts';
import { snapshotForNextStart, viewOfBreaker } from './breaker-view.ts';
import { directoryBreaker } from './directory-breaker.ts';

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
      asked: BreakerAction,
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
