import { describe, expect, test } from 'vitest';
import { parseCall } from './run-operation.ts';
import type { ToolName } from './tools.ts';
import { selectedOperation, toolFor } from './variants.ts';

const CALLS: readonly [tool: ToolName, given: Record<string, unknown>, operation: string, input: object][] = [
  ['start_run', { step: 'web', options: { ensure: true } }, 'ensure', { step: 'web' }],
  ['start_run', { step: 'web', options: { ensure: true, keep: true } }, 'ensure', { step: 'web', keep: true }],
  ['start_run', { options: { up: true }, dir: '/p/.pm' }, 'up', { dir: '/p/.pm' }],
  ['start_run', { step: 'web', options: { adopt: 4711 } }, 'adopt', { as: 'web', pid: 4711 }],
  ['show_status', { port: 3000 }, 'who', { port: 3000 }],
  ['stop_run', { all: true, force: true }, 'down', { force: true }],
  ['stop_run', { port: 3000 }, 'stop', { port: 3000 }],
];

describe('a field that selects another operation', () => {
  test.each(CALLS)('%s %j is %s', async (tool, given, operation, input) =>
    expect(await parseCall(tool, given)).toEqual({ operation, input }),
  );

  test.each(CALLS)('%s %j is what is suggested for it', (tool, given, operation, input) =>
    expect(toolFor(operation, input as Record<string, unknown>)).toEqual({ tool, arguments: given }),
  );

  test('selects nothing when it is false', () =>
    expect(selectedOperation('start_run', { step: 'web', ensure: false })).toEqual({
      operation: 'start',
      fields: { step: 'web' },
    }));

  test.each<[tool: ToolName, given: Record<string, unknown>, message: string]>([
    ['start_run', { options: { ensure: true, up: true } }, 'start_run: ensure and up exclude each other'],
    ['start_run', { options: { ensure: 'web' } }, 'start_run: ensure can only be true'],
    ['start_run', { step: 'web', options: { up: true } }, 'start_run with up has no argument step'],
    ['start_run', { step: 'web', wait: true, options: { ensure: true } }, 'start_run with ensure has no argument wait'],
    ['stop_run', { all: true, steps: ['web'] }, 'stop_run with all has no argument steps'],
    ['show_status', { port: 70_000 }, 'show_status with port: port must be at most 65535'],
  ])('%s %j is a mistake', async (tool, given, message) =>
    expect(parseCall(tool, given)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining(message) as string,
    }),
  );
});
