import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { withGuidance } from './host-guidance.ts';

const OLD = 'Start it with pm.\n';
const NEW = 'Start it with pm, and wait once.\n';

describe('guidance for a host', () => {
  test('an empty file becomes the block alone', () => {
    const { text, change } = withGuidance('', OLD);
    expect(change).toBe('added');
    expect(text).toMatch(/^<!-- pm:begin[^\n]*-->\nStart it with pm\.\n<!-- pm:end [0-9a-f]{12} -->\n$/);
  });

  test('the same once more changes nothing', () => {
    const { text } = withGuidance('# Ours\n', OLD);
    expect(withGuidance(text, OLD)).toEqual({ text, change: 'none' });
  });

  test('a newer text takes the place of the older one, and of nothing else', () => {
    const { text } = withGuidance(`${withGuidance('# Before\n', OLD).text}after\n`, NEW);
    expect(text).toBe(`${withGuidance('# Before\n', NEW).text}after\n`);
  });

  test('a block that somebody changed is theirs', () => {
    const theirs = withGuidance('', OLD).text.replace('pm.', 'pm, or by hand.');
    expect(withGuidance(theirs, NEW)).toEqual({ text: theirs, change: 'edited' });
  });

  test('half a block is nothing that we wrote', () => {
    const half = withGuidance('', OLD).text.replace(/<!-- pm:end.*/, '');
    expect(withGuidance(half, NEW)).toEqual({ text: half, change: 'edited' });
  });

  test('a checkout with other line ends is still ours', () => {
    const theirs = withGuidance('# Ours\n', OLD).text.replaceAll('\n', '\r\n');
    expect(withGuidance(theirs, OLD)).toEqual({ text: theirs, change: 'none' });
    const { text, change } = withGuidance(theirs, NEW);
    expect([change, /[^\r]\n/.test(text)]).toEqual(['renewed', false]);
  });

  test('a file with other line ends gets a block with those', () => {
    const { text } = withGuidance('# Ours\r\n\r\nA line.', OLD);
    expect(text).toMatch(/^# Ours\r\n\r\nA line\.\r\n\r\n<!-- pm:begin/);
    expect(text).not.toMatch(/[^\r]\n/);
  });

  test('no line of anybody else is ever lost, whatever the file holds', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        const { text } = withGuidance(withGuidance(before, OLD).text + after, NEW);
        expect(text.startsWith(before)).toBe(true);
        expect(text.endsWith(after)).toBe(true);
      }),
    );
  });
});
