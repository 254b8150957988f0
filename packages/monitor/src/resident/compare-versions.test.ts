import { expect, test } from 'vitest';
import { isNewerProgram } from './compare-versions.ts';

test.each([
  ['a later patch is newer', 'pm 0.1.2', 'pm 0.1.1', true],
  ['an earlier one is not', 'pm 0.1.1', 'pm 0.1.2', false],
  ['the same is not', 'pm 0.1.1', 'pm 0.1.1', false],
  ['numbers count, not letters', 'pm 0.10.0', 'pm 0.9.9', true],
  ['the first number that differs decides', 'pm 1.0.0', 'pm 0.99.99', true],
  ['a release is newer than what came before it', 'pm 1.0.0', 'pm 1.0.0-rc.1', true],
  ['what came before a release is not newer', 'pm 1.0.0-rc.1', 'pm 1.0.0', false],
  ['candidates are counted', 'pm 1.0.0-rc.10', 'pm 1.0.0-rc.9', true],
  ['a build says nothing', 'pm 1.0.0+b', 'pm 1.0.0+a', false],
  ['another name does not matter', 'pm-mcp 1.0.1', 'pm 1.0.0', true],
  ['what has no version is not newer', 'pm', 'pm 1.0.0', false],
  ['and is not succeeded', 'pm 1.0.0', 'something', false],
])('%s', (_, program, other, expected) => expect(isNewerProgram(program, other)).toBe(expected));
