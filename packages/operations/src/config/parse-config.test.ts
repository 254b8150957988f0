import { describe, expect, test } from 'vitest';
import { parseConfig } from './parse-config.ts';

const FILE = '/project/pm.config.json';
const HEALTHY = {
  $schema: './schema.json',
  defaults: { timeout: '2h', logCap: '1MiB' },
  steps: { train: { command: ['python', 'train.py'], cwd: 'ml', stale: '5m', liveness: 'output' } },
};

describe('parseConfig', () => {
  test('durations, sizes and limits are read as on the command line', () => {
    expect(parseConfig(FILE, JSON.stringify(HEALTHY))).toEqual({
      $schema: './schema.json',
      defaults: { timeout: 7_200_000, logCap: 1_048_576 },
      steps: { train: { command: ['python', 'train.py'], cwd: 'ml', stale: 300_000, liveness: 'output' } },
    });
  });

  test('an empty object, and a byte order mark, are no mistakes', () => {
    expect(parseConfig(FILE, '\uFEFF{}')).toEqual({});
  });

  test.each<[what: string, text: string, said: RegExp]>([
    ['an empty file', '', /^\/project\/pm\.config\.json: is not JSON: Unexpected end/],
    ['a last comma', '{\n  "steps": {},\n}', /is not JSON: .* \(line 3, column 1\)\.$/],
    ['a comment', '// steps\n{}', /is not JSON: Unexpected token '\/'\.$/],
    ['a list', '[]', /pm\.config\.json: must be an object\.$/],
    ['null', 'null', /pm\.config\.json: must be an object, not null\.$/],
  ])('%s is refused with the place', (_what, text, said) => {
    expect(() => parseConfig(FILE, text)).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringMatching(said) }),
    );
  });

  test.each<[what: string, patch: object, said: string]>([
    ['a key nobody knows', { chekcs: [] }, 'has an unknown key "chekcs".'],
    ['a misspelt option', { defaults: { timout: '2h' } }, 'defaults has an unknown key "timout".'],
    ['a misspelt option of a step', { steps: { a: { command: ['x'], env: {} } } }, 'steps.a has an unknown key "env".'],
    ['a misspelt command', { steps: { a: { comand: ['x'] } } }, 'steps.a has an unknown key "comand".'],
    ['a number for a duration', { defaults: { timeout: 30 } }, 'defaults.timeout must be a string, not 30.'],
    [
      'a duration without a unit',
      { defaults: { beat: '3' } },
      'defaults.beat must be a duration such as 500ms, 30s, 10m, 2h or 1d, not "3".',
    ],
    [
      'another word',
      { defaults: { liveness: 'prayer' } },
      'defaults.liveness must be one of wrapper, output, activity, beat, check, not "prayer".',
    ],
    [
      'a lease too short to end a run',
      { queues: { gpu: { lease: '7s' } } },
      'queues.gpu.lease must be 8s at least, not "7s".',
    ],
    ['a step without a command', { steps: { a: {} } }, 'steps.a.command is missing.'],
    ['an empty command', { steps: { a: { command: [] } } }, 'steps.a.command names no command.'],
    [
      'an address that may have a password, which is not quoted',
      { queues: { gpu: { engine: 'reds://:secret@host' } } },
      'queues.gpu.engine must be redis://…, rediss://…, postgres://… or env:NAME.',
    ],
    ['a command line', { steps: { a: { command: 'npm test' } } }, 'steps.a.command must be an array, not "npm test".'],
    ['a word that is none', { steps: { a: { command: ['x', 1] } } }, 'steps.a.command[1] must be a string, not 1.'],
    [
      'a step nobody could name',
      { steps: { '../a': { command: ['x'] } } },
      'steps.../a is not a valid step name: use 1 to 64 letters, digits, dots, dashes or underscores.',
    ],
    [
      'defaults that contradict themselves',
      { defaults: { beat: '40s' } },
      'defaults: beat must be less than half of stale, which is 1m, so that one late heartbeat does not count as silence.',
    ],
    [
      'a step that contradicts the defaults',
      { defaults: { beat: '20s' }, steps: { a: { command: ['x'], stale: '30s' } } },
      'steps.a: beat must be less than half of stale, so that one late heartbeat does not count as silence.',
    ],
  ])('%s is refused with its place', (_what, patch, said) => {
    expect(() => parseConfig(FILE, JSON.stringify({ ...HEALTHY, ...patch }))).toThrow(
      expect.objectContaining({ code: 'usage', message: `${FILE}: ${said}`, next: expect.stringMatching(/./) }),
    );
  });

  test('what is refused names what is known there', () => {
    expect(() => parseConfig(FILE, '{"steps":{"a":{"command":["x"],"env":{}}}}')).toThrow(
      expect.objectContaining({
        next: expect.stringMatching(/^Known keys here: command, cwd, literal, port, timeout, /),
      }),
    );
  });
});
