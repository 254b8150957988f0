import { expect, test } from 'vitest';
import { parseLsof, parseLsofPorts } from './parse-lsof.ts';

test('each socket has its processes, and * is every address', () => {
  const text =
    'p42\nu501\nf20\nn127.0.0.1:3000\nf21\nn[::1]:3000\np43\nu501\nf20\nn127.0.0.1:3000\np44\nu0\nf7\nn*:3000\n';
  expect(parseLsof(text)).toEqual([
    { address: '127.0.0.1', user: 501, pids: [42, 43] },
    { address: '::1', user: 501, pids: [42] },
    { address: '::', user: 0, pids: [44] },
  ]);
});

test('a process that has the socket open twice is listed once', () =>
  expect(parseLsof('p42\nu1\nf3\nn*:80\nf4\nn*:80\n')).toEqual([{ address: '::', user: 1, pids: [42] }]));

test.each(['', 'n*:80\n', 'pfoo\nn*:80\n', 'lsof: no such file'])('of %j nothing is read', (text) =>
  expect(parseLsof(text)).toEqual([]),
);

test('the ports of some processes', () => {
  expect(parseLsofPorts('p42\nf20\nn127.0.0.1:3000\nf21\nn[::1]:3001\nf22\nn*:80\n')).toEqual([3000, 3001, 80]);
  expect(parseLsofPorts('lsof: no such file:1\n')).toEqual([]);
});
