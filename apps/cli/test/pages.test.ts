import { describe, expect, test } from 'vitest';
import { VERBS } from '../src/call/verbs.ts';
import { VIEW_TEXTS } from '../src/help/view-texts.ts';
import { call } from './call-cli.ts';

describe('help', () => {
  test('pm, pm help and pm --help show the page one can learn from', async () => {
    const { out, status } = await call('--help');
    await expect(out).toMatchFileSnapshot('golden/help.txt');
    expect(status).toBe(0);
    expect([(await call()).out, (await call('help')).out, (await call('-h')).out]).toEqual([out, out, out]);
  });

  test.each([...Object.keys(VERBS), ...Object.keys(VIEW_TEXTS)])('pm %s --help', async (verb) => {
    const { out, status } = await call(verb, '--help');
    await expect(out).toMatchFileSnapshot(`golden/help-${verb}.txt`);
    expect(status).toBe(0);
    expect((await call('help', verb)).out).toBe(out);
  });

  test('no line is longer than 80 columns', async () => {
    for (const topic of [[], ...[...Object.keys(VERBS), ...Object.keys(VIEW_TEXTS)].map((verb) => [verb])]) {
      const { out } = await call('help', ...topic);
      expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
    }
  });
});

const MISTAKES: readonly (readonly string[])[] = [
  ['strat', 'train', '--', 'python', 'train.py'],
  ['deploy'],
  ['kill', 'train'],
  ['--json', 'ls'],
  ['help', 'strat'],
  ['start'],
  ['start', 'train'],
  ['start', 'python', 'train.py', '--lr', '3'],
  ['run', 'pytest', '-q'],
  ['start', '--'],
  ['start', '--timout', '3h', '--', 'x'],
  ['start', '--timeout', '3', '--', 'x'],
  ['start', '--log-cap', '3MB', '--', 'x'],
  ['prune', '--older-than', '5'],
  ['prune', '--keep', '-1'],
  ['start', '--liveness', 'prayer', '--', 'x'],
  ['start', 'a', 'b', '--', 'x'],
  ['start', '--budget', '5s', '--', 'x'],
  ['wait', '--budget'],
  ['status'],
  ['stop'],
  ['logs', 'a'.repeat(81)],
  ['logs', 'a', '--tail', 'x'],
  ['logs', 'a', '--tail', '1.5'],
  ['logs', 'a', '--tail', '-1'],
  ['logs', 'a', '--tail=-1'],
  ['extend', 'train'],
  ['extend', 'train', 'more'],
  ['extend', 'train', '6h', 'now'],
  ['ls', '--bogus'],
  ['status', '--json'],
  ['top'],
  ['top', '--json'],
  ['top', 'train'],
  ['top', '--dir'],
];

test('mistakes are told with what, where and the next call', async () => {
  const told: string[] = [];
  for (const argv of MISTAKES) {
    const { status, out, err } = await call(...argv);
    told.push(`$ pm ${argv.join(' ')}\n${out}${err}[${status}]\n`);
    expect(status).toBe(125);
  }
  await expect(told.join('\n')).toMatchFileSnapshot('golden/mistakes.txt');
});
