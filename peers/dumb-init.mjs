import { bounded } from './bounded.mjs';

/** What the tests are about: exit statuses, forwarded signals, process groups, the working directory, the terminal. */
const FILES = ['exit_status', 'proxies_signals', 'child_processes', 'shell_background', 'cwd', 'tty'];
const PYTEST = ['python3', '-m', 'pytest', '-q', '-p', 'no:cacheprovider'];
const LIMIT_MS = 30_000;

/** Each test of dumb-init in a process of its own, because a signal that never comes lets the test wait for ever. */
export async function* dumbInitCases(source, inFolder) {
  const files = FILES.map((file) => `tests/${file}_test.py`);
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };
  const { status, output } = await bounded([...PYTEST, '--collect-only', ...files], {
    cwd: source,
    env,
    limitMs: LIMIT_MS,
  });
  if (status !== 0) {
    yield {
      name: 'all tests',
      state: 'skipped',
      said: `pytest cannot collect them (pip install pytest): ${output.trim().split('\n').at(-1)}`,
    };
    return;
  }
  for (const id of output.split('\n').filter((line) => line.includes('::')))
    yield await inFolder(async (_, peers) => {
      const ran = await bounded([...PYTEST, '--tb=line', id], {
        cwd: source,
        env: { ...env, ...peers },
        limitMs: LIMIT_MS,
      });
      const name = id.replace('tests/', '').replace('_test.py::test', '');
      return ran.status === 0 ? { name, state: 'passed' } : { name, state: 'failed', said: whyOf(ran) };
    });
}

function whyOf({ status, output }) {
  if (status === undefined) return `still waiting after ${LIMIT_MS / 1000}s`;
  const lines = output.split('\n').filter((line) => /Error|assert/.test(line));
  return (lines.at(0) ?? `exit status ${status}`).trim();
}
