import { describe, expect, test } from 'vitest';
import { call } from './call-cli.ts';

// Whatever is given, a refusal stays short, says how much it has left out, and names a call that can be typed.

const LONG = 'x'.repeat(200_000);
const MANY = Array.from({ length: 20_000 }, (_, n) => `word${n}`);

describe.each([
  ['to people', []],
  ['to programs', ['--json']],
])('a refusal %s', (_, flags) => {
  test.each<[what: string, argv: string[]]>([
    ['of an unknown verb', [LONG]],
    ['of an unknown verb with many words', ['strat', ...MANY]],
    ['of help about it', ['help', LONG]],
    ['of an unknown option', ['ls', `--${LONG}`]],
    ['of an unknown option with a value', ['ls', `--dri=${LONG}`]],
    ['of a switch with a value', ['ls', `--mine=${LONG}`]],
    ['of a step name', ['status', LONG]],
    ['of a duration', ['start', 'a', '--timeout', LONG, '--', 'true']],
    ['of a number', ['logs', 'a', '--tail', LONG]],
    ['of a pattern', ['logs', 'a', '--grep', `(${LONG}`]],
    ['of one argument too many', ['status', 'a', LONG]],
    ['of a missing --', ['start', 'a', 'python3', ...MANY]],
    ['of a program', ['start', 'a', '--', LONG]],
    ['of shell syntax', ['start', 'a', '--', 'echo', LONG, '&&', 'true']],
    ['of a folder', ['start', 'a', '--cwd', `/${LONG}`, '--', 'true']],
    ['of a check', ['preflight', '--check', LONG]],
    ['of a directory', ['ls', '--dir', `/${LONG}`]],
    ['of a breaker', ['breaker', 'ask', LONG]],
    ['of a list of conditions', ['wait', '--ignore', LONG]],
  ])('%s', async (_what, argv) => {
    const at = argv.indexOf('--');
    const words = at < 0 ? [...argv, ...flags] : argv.toSpliced(at, 0, ...flags);
    const { status, out, err } = await call(...words);
    expect(status).toBeGreaterThan(0);
    expect(out.length + err.length).toBeLessThan(8_000);
    expect(out + err).not.toContain('unexpected');
  });
});
