import { describe, expect, test } from 'vitest';
import { isStepName, parseStepRef, StepName, type StepRef } from './step.ts';

describe('a step may be named', () => {
  test.each([
    ['one letter', 'a'],
    ['one digit', '7'],
    ['dots, dashes and underscores inside', 'train.v2_final-3'],
    ['two dots inside, which lead nowhere', 'a..b'],
    ['a dot at the end', 'train.'],
    ['64 characters', 'x'.repeat(64)],
  ])('%s', (_, name) => {
    expect(isStepName(name)).toBe(true);
    expect(StepName.safeParse(name).success).toBe(true);
  });
});

describe('no step may be named', () => {
  test.each([
    ['nothing', ''],
    ['the folder above', '..'],
    ['a way out of the directory', '../x'],
    ['a path', 'a/b'],
    ['a path of another system', 'a\\b'],
    ['an option', '-rf'],
    ['a hidden file', '.hidden'],
    ['an underscore first', '_x'],
    ['65 characters', 'x'.repeat(65)],
    ['300 characters', 'x'.repeat(300)],
    ['a space', 'a b'],
    ['a line break at the end', 'train\n'],
    ['a NUL', 'a\0b'],
    ['letters beyond ASCII', 'zügig'],
    ['digits beyond ASCII', '１'],
    ['an emoji', '🚂'],
    ['a step ref', 'train~1'],
    ['a glob', 'train*'],
  ])('%s', (_, name) => {
    expect(isStepName(name)).toBe(false);
    expect(StepName.safeParse(name).success).toBe(false);
  });
});

describe('a step ref', () => {
  test.each<[string, StepRef | undefined]>([
    ['train', { step: 'train', back: 0 }],
    ['train~0', { step: 'train', back: 0 }],
    ['train~1', { step: 'train', back: 1 }],
    ['train~9999', { step: 'train', back: 9999 }],
    ['train~10000', undefined],
    ['train~', undefined],
    ['train~-1', undefined],
    ['train~1~2', undefined],
    ['train~one', undefined],
    ['train~1\n', undefined],
    ['~1', undefined],
    ['../x~1', undefined],
    ['', undefined],
  ])('%j', (text, ref) => {
    expect(parseStepRef(text)).toEqual(ref);
  });
});
