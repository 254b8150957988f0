import { describe, expect, test } from 'vitest';
import { withRareOptions } from './rare-options.ts';
import { toolFor } from './variants.ts';

describe('a rare option of start_run', () => {
  test.each<[where: string, given: Record<string, unknown>]>([
    ['in options', { step: 'a', options: { retries: 2, grace: '1s' } }],
    ['beside the others', { step: 'a', retries: 2, grace: '1s' }],
    ['in both places', { step: 'a', retries: 2, options: { grace: '1s' } }],
  ])('%s counts', (_, given) =>
    expect(withRareOptions('start_run', given)).toEqual({ step: 'a', retries: 2, grace: '1s' }),
  );

  test.each<[given: Record<string, unknown>, message: RegExp]>([
    [{ options: { retrys: 2 } }, /^start_run: options has no retrys; its names are .*, split$/],
    [{ options: { step: 'a' } }, /^start_run: options has no step; /],
    [{ options: { options: {} } }, /^start_run: options has no options; /],
    [{ options: 'retries=2' }, /^start_run: options must be an object; its names are /],
    [{ options: null }, /^start_run: options must be an object; /],
    [{ options: ['retries'] }, /^start_run: options must be an object; /],
    [{ retries: 1, options: { retries: 2 } }, /^start_run: retries is given twice/],
  ])('in %j is a mistake', (given, message) => {
    expect(() => withRareOptions('start_run', given)).toThrow(message);
    expect(() => withRareOptions('start_run', given)).toThrow(
      expect.objectContaining({ next: expect.not.stringContaining('docs/') }), // a model in a host cannot read them
    );
  });

  test('in a suggested call is in options', () =>
    expect(toolFor('start', { step: 'a', retries: 2, timeout: '1h' })).toEqual({
      tool: 'start_run',
      arguments: { step: 'a', timeout: '1h', options: { retries: 2 } },
    }));
});

test('other tools have no options', () =>
  expect(withRareOptions('wait_run', { options: { any: true } })).toEqual({ options: { any: true } }));
