import { afterAll, afterEach, expect } from 'vitest';
import { announcedSteps } from '../../packages/monitor/src/index.ts';
import { type Context, type Next, type OperationName, operations } from '../../packages/operations/src/index.ts';
import { locateDirectory } from '../../packages/operations/src/project/locate-directory.ts';
import { claimedSteps, queuedSteps } from '../../packages/protocol/src/fs/index.ts';

// Loaded before each test file of the operations and their frontends. Every answer and every error of an operation in this process is
// looked at: the calls that it proposes have to work. A new one is covered as soon as any test shows it.

type Run = (input: { readonly dir?: string }, context: Context) => Promise<unknown>;
type Loaders = Record<OperationName, () => Promise<{ readonly run: Run }>>;

const faults: Promise<readonly string[]>[] = [];
/** An answer after the last test, of a server that ends, is not looked at: nothing can be loaded any more. */
let isOver = false;
const loaders = operations as unknown as Loaders;

for (const [name, load] of Object.entries(loaders)) {
  loaders[name as OperationName] = async () => {
    const operation = await load();
    const run: Run = async (input, context) => {
      try {
        const answer = await operation.run(input, context);
        const { next = [], notes = [] } = Object(answer) as { next?: readonly Next[]; notes?: readonly string[] };
        if (isOver) return answer;
        if (next.length > 0) faults.push(faultsOf(name, next, context));
        for (const note of notes) faults.push(faultsOfSentence(name, note));
        return answer;
      } catch (error) {
        const { next } = Object(error) as { next?: unknown };
        if (typeof next === 'string' && !isOver) faults.push(faultsOfSentence(name, next));
        throw error;
      }
    };
    return { ...operation, run };
  };
}

afterEach(expectNone);
afterAll(async () => {
  isOver = true;
  await expectNone();
});

async function expectNone(): Promise<void> {
  expect((await Promise.all(faults.splice(0))).flat()).toEqual([]);
}

async function faultsOf(name: string, next: readonly Next[], context: Context): Promise<string[]> {
  const unknown = next.flatMap((call) => unknownSteps(call, context)); // at once: the test may remove its folder soon
  const { faultOfNext } = await import('./proposed-call.ts');
  const wrong = await Promise.all(next.map(faultOfNext));
  return [...unknown, ...wrong.filter((fault) => fault !== undefined)].map((fault) => `${name} proposes ${fault}`);
}

async function faultsOfSentence(name: string, sentence: string): Promise<string[]> {
  if (!/\bpm [a-z]/.test(sentence)) return [];
  const { faultsIn } = await import('./proposed-call.ts');
  return (await faultsIn(sentence)).map((fault) => `a sentence of ${name} proposes ${fault}`);
}

/** The steps of a call about runs that have no run in its directory. */
function unknownSteps({ operation, input }: Next, context: Context): string[] {
  if (!['wait', 'status', 'logs', 'stop', 'extend'].includes(operation)) return [];
  const { dir, step, steps = step } = input as { dir?: string; step?: string; steps?: string | readonly string[] };
  const where = locateDirectory(dir, context);
  const known = [...claimedSteps(where), ...announcedSteps(where), ...queuedSteps(where)];
  return [steps ?? []]
    .flat()
    .filter((name) => !known.includes(name.replace(/~\d+$/, '')))
    .map((name) => `${operation} of ${name}, of which there is no run in ${where}`);
}
