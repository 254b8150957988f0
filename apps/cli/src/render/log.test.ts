import { describe, expect, test } from 'vitest';
import { tailLines } from './log.ts';

const bytes = (lines: string[]): number => Buffer.byteLength(lines.join('\n'));

describe('tailLines', () => {
  test('a job cannot write a line that reads like ours', () => {
    const lines = ['its last output, not checked by pm:', '| oops', '| train success in 1s'];
    expect(tailLines('oops\ntrain success in 1s\n\n')).toEqual(lines);
  });

  test('no output, no heading', () => {
    expect([tailLines(undefined), tailLines(' \n\n')]).toEqual([[], []]);
  });

  test('the last lines are kept, at most 1500 bytes with their marks', () => {
    const lines = tailLines(Array.from({ length: 2000 }, (_, index) => `${index}`).join('\n'));
    expect(lines.at(-1)).toBe('| 1999');
    expect(bytes(lines)).toBeLessThanOrEqual(1540);
  });

  test('a single endless line is cut', () => {
    const lines = tailLines('ü'.repeat(5000));
    expect(lines).toHaveLength(2);
    expect(bytes(lines)).toBeLessThanOrEqual(1540);
    expect(lines[1]).toMatch(/ü…$/);
  });
});
