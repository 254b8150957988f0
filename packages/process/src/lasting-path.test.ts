import { expect, test } from 'vitest';
import { lastingFolders } from './lasting-path.ts';

const NPX = { npm_execpath: '/usr/lib/npm-cli.js' };

test.each<[what: string, env: Parameters<typeof lastingFolders>[0], folders: string[]]>([
  ['absolute ones, in their order', { PATH: '/b:/a' }, ['/b', '/a']],
  ['no relative one, and no empty one', { PATH: '.:bin::/a' }, ['/a']],
  ['none of npm while npm runs', { PATH: '/p/node_modules/.bin:/a', ...NPX }, ['/a']],
  ['one in node_modules that the user has added', { PATH: '/p/node_modules/.bin:/a' }, ['/p/node_modules/.bin', '/a']],
  ['none without a PATH', {}, []],
])('folders that last: %s', (_, env, folders) => expect(lastingFolders(env)).toEqual(folders));
