import { expect, test } from 'vitest';
import { signatureOf } from './signature.ts';

test.each<[string, string | undefined]>([
  ['', undefined],
  ['\n  \n--- 12 ---\n', undefined],
  [
    'Error: connect ECONNREFUSED 127.0.0.1:8123\n    at TCPConnectWrap (node:net:1555:16)',
    'ECONNREFUSED 127.0.0.1:8123',
  ],
  [
    '2026-03-04T11:02:03.123Z ERROR db.internal:5432 refused connection after 3012 ms',
    'ERROR db.internal:5432 refused connection after # ms',
  ],
  [
    'FAILED tests/test_a.py::test_x - assert 41 == 42\n1 failed in 0.31s',
    'FAILED tests/test_a.py::test_x - assert # == #',
  ],
  ['ModuleNotFoundError: No module named "pandas2"\n', 'ModuleNotFoundError: No module named "pandas2"'],
  ['cannot open /tmp/pytest-of-root/pytest-17/x.db', 'cannot open /tmp/*'],
  ['worker 7f3a9c2e11 died: out of memory at 0xdeadbeef', 'worker * died: out of memory at *'],
  ['step 12/50 done\nstep 13/50 done', 'step #/# done'],
  ['run 20261123T180512345Z-7k3f9q2m7x failed', 'run * failed'],
  [
    'curl: (7) Failed to connect to localhost port 8123 after 3 ms',
    'curl: (#) Failed to connect to localhost port 8123 after # ms',
  ],
  ['[12:03:04] fatal: no such host', 'fatal: no such host'],
])('%j is told by %j', (lines, signature) => {
  expect(signatureOf(lines)).toBe(signature);
});

test('times, durations and run ids make no difference, a port does', () => {
  const at = (time: string, port: number): string => `${time} error after ${time.slice(-2)} ms: api.test:${port}`;
  expect(signatureOf(at('10:00:01', 80))).toBe(signatureOf(at('23:59:59', 80)));
  expect(signatureOf(at('10:00:01', 80))).not.toBe(signatureOf(at('10:00:01', 81)));
});

test('a long line is cut', () => {
  expect(signatureOf(`error ${'x'.repeat(100_000)}`)?.length).toBe(120);
});
