import { expect, test } from 'vitest';
import { reasonNotExecuted } from './exit-clues.ts';

test.each<[line: string, program: string, reason: string]>([
  ['setsid: failed to execute ./x.sh: No such file or directory', './x.sh', 'No such file or directory'],
  ['/usr/bin/setsid: failed to execute /a b/x: Permission denied', '/a b/x', 'Permission denied'],
  ["setsid: can't execute 'x': No such file or directory", 'x', 'No such file or directory'],
  ['setsid: failed to execute ./prog: Exec format error', './prog', 'Exec format error'],
  ['env: ‘./x.sh’: No such file or directory', './x.sh', 'No such file or directory'],
  ["env: can't execute 'x': Text file busy", 'x', 'Text file busy'],
  ['pm: failed to execute x: Argument list too long', 'x', 'Argument list too long'],
  ['/srv/wrapper.sh: 408: exec: x: not found', 'x', 'not found'],
  ['/srv/wrapper.sh: line 261: exec: x: cannot execute: required file not found', 'x', 'required file not found'],
])('%j is a command that never ran', (line, program, reason) => {
  expect(reasonNotExecuted(line, program)).toContain(reason);
});

test.each<[line: string, program: string]>([
  ['sh: 1: jq: not found', 'sh'],
  ['setsid: failed to execute jq: No such file or directory', 'setsid'],
  ['env: ‘python3.13’: No such file or directory', './script.py'],
  ['x: something was not found', 'x'],
  ['bash: line 1: /usr/bin/x: Permission denied', 'bash'],
  ['setsid: failed to execute x', 'x'],
  ['', 'x'],
])('%j is the output of one that ran', (line, program) => {
  expect(reasonNotExecuted(line, program)).toBeUndefined();
});
