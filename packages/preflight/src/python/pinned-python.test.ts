import { expect, test } from 'vitest';
import { pinnedVersions } from './pinned-python.ts';

test.each<[what: string, text: string, byUv: boolean, versions: string[] | undefined]>([
  ['a minor version', '3.12\n', true, ['3.12']],
  ['a patch version, which uv obeys', '3.12.4\n', true, ['3.12.4']],
  ['and pyenv makes an environment of, which works with others too', '3.12.4\n', false, ['3.12']],
  ['a major version', '3', true, ['3']],
  ['Windows line ends and a comment', '# ours\r\n3.11 # until May\r\n', true, ['3.11']],
  ['the implementation', 'cpython-3.12.1\n', true, ['3.12.1']],
  ['the implementation in the other form', 'cpython@3.13\n', true, ['3.13']],
  ['the whole name that uv gives to a build', 'cpython-3.13.0-linux-x86_64-gnu\n', true, ['3.13.0']],
  ['pypy', 'pypy3.10\n', true, ['3.10']],
  ['one without a lock', '3.13t\n', true, ['3.13']],
  ['one in development', '3.15-dev\n', false, ['3.15']],
  ['several, of which uv takes the first', '3.12.1\n3.11.7\n', true, ['3.12.1']],
  ['several, of which pyenv has all', '3.12.1\n3.11.7\n', false, ['3.12', '3.11']],
  ['the system', 'system\n', false, undefined],
  ['an environment of pyenv-virtualenv', 'my-project-3.11\n', false, undefined],
  ['a conda', 'miniconda3-4.7.12\n', false, undefined],
  ['a range', '>=3.11,<3.13\n', true, undefined],
  ['a path', '/usr/bin/python3.12\n', true, undefined],
  ['nothing', '\n# none\n', true, undefined],
])('%s', (_, text, byUv, versions) => expect(pinnedVersions(text, byUv)).toEqual(versions));
