import { expect, test } from 'vitest';
import { stateFolder } from './paths.ts';

test.each<[what: string, env: Parameters<typeof stateFolder>[0], folder: string | undefined]>([
  ['is named by XDG_STATE_HOME', { XDG_STATE_HOME: '/s', HOME: '/h' }, '/s/process-monitor'],
  ['needs no home then', { XDG_STATE_HOME: '/s' }, '/s/process-monitor'],
  ['has no double slash', { XDG_STATE_HOME: '/s/' }, '/s/process-monitor'],
  ['may be in the root', { XDG_STATE_HOME: '/' }, '/process-monitor'],
  ['is in the home otherwise', { HOME: '/h' }, '/h/.local/state/process-monitor'],
  ['is in the home if XDG_STATE_HOME is empty', { XDG_STATE_HOME: '', HOME: '/h' }, '/h/.local/state/process-monitor'],
  [
    'is in the home if XDG_STATE_HOME is relative',
    { XDG_STATE_HOME: 's', HOME: '/h' },
    '/h/.local/state/process-monitor',
  ],
  ['is not in a folder of the name ~', { XDG_STATE_HOME: '~/s', HOME: '/h' }, '/h/.local/state/process-monitor'],
  ['is nowhere without both', {}, undefined],
  ['is nowhere if both are empty', { XDG_STATE_HOME: '', HOME: '' }, undefined],
  ['is nowhere if both are relative', { XDG_STATE_HOME: './s', HOME: 'h' }, undefined],
])('the state folder of a user %s', (_, env, folder) => expect(stateFolder(env)).toBe(folder));
