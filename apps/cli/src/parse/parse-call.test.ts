import { type OperationName, operations } from '@pm/operations';
import { describe, expect, test } from 'vitest';
import { VERBS } from '../call/verbs.ts';
import { flagsOf } from './flags.ts';
import { type ParsedCall, parseCall } from './parse-call.ts';

const PROGRAMS = new Set('python3 npm make test ./run.sh'.split(' '));

describe('parseCall', () => {
  test.each<[words: string, input: object]>([
    ['start train -- python train.py', { step: 'train', command: ['python', 'train.py'] }],
    ['start -- python train.py', { command: ['python', 'train.py'] }],
    ['run -- pytest -q', { command: ['pytest', '-q'] }],
    ['run -- pm run -- x', { command: ['pm', 'run', '--', 'x'] }],
    ['start a -- x --timeout 3 --json --help', { step: 'a', command: ['x', '--timeout', '3', '--json', '--help'] }],
    ['start --timeout 2h a --quiet-after=5m -- x', { step: 'a', timeout: '2h', quietAfter: '5m', command: ['x'] }],
    ['start --wait --no-split -- x', { wait: true, split: false, command: ['x'] }],
    ['start --liveness output -- x', { liveness: 'output', command: ['x'] }],
    ['start --stdin -- x', { stdin: true, command: ['x'] }],
    ['start --stdin a -- x', { stdin: true, step: 'a', command: ['x'] }],
    ['start --stdin open a -- x', { stdin: 'open', step: 'a', command: ['x'] }],
    ['start a --stdin=open', { step: 'a', stdin: 'open' }],
    ['start a --no-stdin -- x', { step: 'a', stdin: false, command: ['x'] }],
    ['start --', { command: [] }],
    ['start train --timeout 2h --no-split', { step: 'train', timeout: '2h', split: false }],
    ['wait', {}],
    ['wait a b --budget 9m', { steps: ['a', 'b'], budget: '9m' }],
    ['wait -- a', { steps: ['a'] }],
    ['ls', {}],
    ['ls train~1', { step: 'train~1' }],
    ['logs a -f', { step: 'a', follow: true }],
    ['logs a -n5', { step: 'a', tail: 5 }],
    ['logs a -fn 5', { step: 'a', follow: true, tail: 5 }],
    ['logs a --tail x', { step: 'a', tail: Number.NaN }],
    ['logs a --grep=-x', { step: 'a', grep: '-x' }],
    ['extend a +30m --dir d', { step: 'a', limit: '+30m', dir: 'd' }],
    ['extend a', { step: 'a' }],
    ['worker gpu --slots 2', { queue: 'gpu', slots: 2 }],
    ['worker --queue gpu --slots 2', { queue: 'gpu', slots: 2 }],
    ['stop a b --force --reason moved', { steps: ['a', 'b'], force: true, reason: 'moved' }],
  ])('pm %s', async (words, input) => {
    expect(await parse(words)).toEqual({ verb: words.split(' ')[0], input, json: false });
  });

  test("--json is the command line's own and stands anywhere before --", async () => {
    expect(await parse('start --json a -- x')).toMatchObject({ json: true, input: { step: 'a', command: ['x'] } });
  });

  test.each<[words: string, message: string, next: string]>([
    ['start', 'pm start: no command given; write it after --', 'pm start train -- python train.py'],
    ['run pytest -q', 'write the command after --', 'pm run -- pytest -q'],
    ['start --timeout 2h x --lr 3', 'write the command after --', 'pm start --timeout 2h -- x --lr 3'],
    ['start -rf -- x', 'pm start has no option -r; a name cannot begin with a dash', 'pm start --help'],
    ['start --timout 2h -- x', 'did you mean --timeout?', 'pm start --timeout 2h -- x'],
    ['start --timout=2h -- x', 'did you mean --timeout?', 'pm start --timeout=2h -- x'],
    ['start --wait=yes -- x', '--wait takes no value', 'pm start --wait -- x'],
    ['start a b -- c', 'takes one step before --; b is one argument too many', 'pm start a -- c'],
    ['start train --timout=2h', 'did you mean --timeout?', 'pm start train --timeout=2h'],
    ['start pytest -q', 'write the command after --', 'pm start -- pytest -q'],
    ['ls --bogus', 'pm ls has no option --bogus', 'pm ls --help'],
    ['ls -x', 'pm ls has no option -x', 'pm ls --help'],
    ['logs a b', 'takes one step; b is one argument too many', 'pm logs a'],
    ['worker --queue gpu cpu', 'takes nothing; cpu is one argument too many', 'pm worker --queue gpu'],
    ['logs a --tail -5', '--tail takes no negative number', 'pm logs a --tail=5'],
    ['extend a 6h now', 'takes one step and one limit; now is one argument too many', 'pm extend a 6h'],
    ['logs a --dir --json', '--dir needs a value', 'pm logs --help'],
    ['logs a --grep -x', '--grep needs a value', 'pm logs a --grep=-x'],
    ['start --timeout -5s -- x', '--timeout takes no negative value', 'pm start --timeout=5s -- x'],
    ['start --grace -.5s -- x', '--grace takes no negative value', 'pm start --grace=500ms -- x'],
    ['prune --keep -1', '--keep takes no negative number', 'pm prune --keep=1 --dry-run'],
    ['prune --older-than -2d', '--older-than takes no negative value', 'pm prune --older-than=2d --dry-run'],
    ['start --timeout --wait -- x', '--timeout needs a value', 'pm start --help'],
    ['start train python3 x', 'write the command after --', 'pm start train -- python3 x'],
    ['run train --timeout 2h python3 x -q', 'write the command after --', 'pm run train --timeout 2h -- python3 x -q'],
    ['start --wait train npm run x', 'write the command after --', 'pm start --wait train -- npm run x'],
    ['start test npm test', 'write the command after --', 'pm start test -- npm test'],
    ['start npm test', 'write the command after --', 'pm start -- npm test'],
    ['run python3 x', 'write the command after --', 'pm run -- python3 x'],
    ['start make test', 'write the command after --', 'pm start -- make test'],
    ['start train npm test -- --watch', 'write the command after --', 'pm start train -- npm test -- --watch'],
    ['run npm run x -- --fix', 'write the command after --', 'pm run -- npm run x -- --fix'],
    ['start --wait train make a -- b', 'write the command after --', 'pm start --wait train -- make a -- b'],
    ['start ./run.sh', 'write the command after --', 'pm start -- ./run.sh'],
    ['start ./run.sh --timeout 2m', 'write the command after --', 'pm start -- ./run.sh --timeout 2m'],
    ['start --name train -- x', 'the name stands alone, before --', 'pm start train -- x'],
    ['run --name=train -- x', 'the name stands alone, before --', 'pm run train -- x'],
    ['start -n train --wait -- x', 'the name stands alone, before --', 'pm start train --wait -- x'],
    ['start train --detach -- x', 'a start is always in the background', 'pm start train -- x'],
    ['start -d -- x', 'a start is always in the background', 'pm start -- x'],
    ['run -d -- x', 'pm run has no option -d', 'pm run --help'],
    ['wait --budget', '--budget needs a value', 'pm wait --help'],
  ])('pm %s is refused with the call to make', async (words, message, next) => {
    await expect(parse(words)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining(message),
      next,
    });
  });
});

async function parse(words: string): Promise<ParsedCall> {
  const [verb, ...argv] = words.split(' ') as [OperationName, ...string[]];
  const flags = flagsOf((await operations[verb]()).input);
  return parseCall({ verb, form: VERBS[verb], flags, argv, invocation: 'pm', isProgram: (word) => PROGRAMS.has(word) });
}
