import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Comments, withBlock, withoutBlock } from './text-block.ts';

const OLD = 'Start it with pm.\n';
const NEW = 'Start it with pm, and wait once.\n';

describe('a block in the text of somebody else', () => {
  test('is alone in a new file', () => {
    const { text, change } = withBlock(undefined, OLD, 'markdown');
    expect(change).toBe('added');
    expect(text).toMatch(/^<!-- pm:begin[^\n]*-->\nStart it with pm\.\n<!-- pm:end [0-9a-f]{12} -->\n$/);
    expect(withoutBlock(text, 'markdown')).toEqual({ text: undefined, change: 'removed' });
  });

  test('is a comment in TOML, too', () => {
    const { text } = withBlock('a = 1\n', 'b = 2\n', 'toml');
    expect(text).toMatch(/^a = 1\n\n# pm:begin: [^\n]*\nb = 2\n# pm:end [0-9a-f]{12}\n$/);
  });

  test('is not put there twice', () => {
    const { text } = withBlock('# Ours\n', OLD, 'markdown');
    expect(withBlock(text, OLD, 'markdown')).toEqual({ text, change: 'none' });
  });

  test('gives way to a newer one, and nothing else does', () => {
    const { text } = withBlock(`${withBlock('# Before\n', OLD, 'markdown').text}after\n`, NEW, 'markdown');
    expect(text).toBe(`${withBlock('# Before\n', NEW, 'markdown').text}after\n`);
  });

  test('that somebody changed is theirs', () => {
    const theirs = withBlock('', OLD, 'markdown').text?.replace('pm.', 'pm, or by hand.');
    expect(withBlock(theirs, NEW, 'markdown')).toEqual({ text: theirs, change: 'edited' });
    expect(withoutBlock(theirs, 'markdown')).toEqual({ text: theirs, change: 'edited' });
  });

  test('of which only half is there is nothing that we wrote', () => {
    const half = withBlock('', OLD, 'markdown').text?.replace(/<!-- pm:end.*/, '');
    expect(withBlock(half, NEW, 'markdown')).toEqual({ text: half, change: 'edited' });
    expect(withoutBlock(half, 'markdown')).toEqual({ text: half, change: 'edited' });
  });

  test('is still ours after a checkout with other line ends', () => {
    const theirs = withBlock('# Ours\n', OLD, 'markdown').text?.replaceAll('\n', '\r\n');
    expect(withBlock(theirs, OLD, 'markdown')).toEqual({ text: theirs, change: 'none' });
    const { text = '', change } = withBlock(theirs, NEW, 'markdown');
    expect([change, /[^\r]\n/.test(text)]).toEqual(['renewed', false]);
    expect(withoutBlock(text, 'markdown')).toEqual({ text: '# Ours\r\n', change: 'removed' });
  });

  test('has the line ends of the file', () => {
    const { text } = withBlock('# Ours\r\n\r\nA line.', OLD, 'markdown');
    expect(text).toMatch(/^# Ours\r\n\r\nA line\.\r\n\r\n<!-- pm:begin/);
    expect(text).not.toMatch(/[^\r]\n/);
  });

  test('comes and goes without a trace, and no line of anybody else is ever lost', () => {
    const anyText = fc.oneof(
      fc.string(),
      fc.array(fc.constantFrom('a', '\n', '\r\n', ' '), { maxLength: 6 }).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(anyText, anyText, fc.constantFrom<Comments>('markdown', 'toml'), (before, after, comments) => {
        const once = withBlock(before, OLD, comments);
        expect(withoutBlock(once.text, comments)).toEqual({ text: before, change: 'removed' });
        expect(withoutBlock(withBlock(once.text, NEW, comments).text, comments).text).toBe(before);
        const { text = '' } = withBlock(once.text + after, NEW, comments);
        expect(text.startsWith(before)).toBe(true);
        expect(text.endsWith(after)).toBe(true);
      }),
    );
  });
});
