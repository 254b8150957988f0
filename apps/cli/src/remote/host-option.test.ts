import { expect, test } from 'vitest';
import { takeHost } from './host-option.ts';

test.each([
  ['--host gpu ls', 'gpu', 'ls'],
  ['--host=gpu ls', 'gpu', 'ls'],
  ['ls --host gpu', 'gpu', 'ls'],
  ['wait train --host gpu --json', 'gpu', 'wait train --json'],
  ['start --host gpu train', 'gpu', 'start train'],
  ['start train --host gpu -- vite --host 0.0.0.0', 'gpu', 'start train -- vite --host 0.0.0.0'],
  ['batch jobs.jsonl --host gpu', 'gpu', 'batch jobs.jsonl'],
  ['--host gpu init --host codex', 'gpu', 'init --host codex'],
  ['--host -oProxyCommand=id ls', '-oProxyCommand=id', 'ls'],
])('pm %s', (call, host, rest) => {
  expect(takeHost(call.split(' '), 'pm')).toEqual({ host, argv: rest.split(' ') });
});

test.each([
  'ls',
  'start web -- vite --host 0.0.0.0',
  'start vite --host 0.0.0.0',
  'init --host codex',
  'ls --hosted gpu',
  'strat --host gpu',
])('pm %s has none', (call) => {
  expect(takeHost(call.split(' '), 'pm')).toBeUndefined();
});

test.each([
  ['--host', 'needs a host'],
  ['ls --host', 'needs a host'],
  ['ls --host --json', 'needs a host'],
  ['--host -- ls', 'needs a host'],
  ['--host a ls --host b', 'given twice'],
])('pm %s is refused', (call, message) => {
  expect(() => takeHost(call.split(' '), 'pm')).toThrow(message);
});
