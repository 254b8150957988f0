import { describe, expect, test } from 'vitest';
import { wantedByRequirements } from './requirements-txt.ts';

const ENVIRONMENT = { python_version: '3.12', python_full_version: '3.12.1', sys_platform: 'linux', os_name: 'posix' };
const PYPROJECT = '[build-system]\nrequires = ["x"]\n[project] # ours\nname = "My_Lib"\nversion = "1"\n';
const FILES: Readonly<Record<string, string>> = {
  '/p/lib/pyproject.toml': PYPROJECT,
  '/p/pyproject.toml': '[tool.poetry]\nname = "app"\n',
  '/p/old/setup.cfg': '[options]\nname = no\n[metadata]\nname = old-one\nversion = 1\n',
  '/p/older/setup.py': 'setup(\n  version="1",\n  name="older",\n  ext_modules=[Extension(name="no")],\n)',
  '/p/inline/setup.py': "setup(name='inline', version='1')",
  '/p/computed/setup.py': 'setup(name=NAME, ext_modules=[Extension(name="no")])',
};

function namesIn(text: string, file = '/p/requirements.txt'): string[] | undefined {
  const list = wantedByRequirements(file, ENVIRONMENT, (path) => (path === file ? text : FILES[path]));
  return list?.packages.map(({ name, range = '' }) => `${name}${range}`);
}

describe('a line that names a place', () => {
  test.each<[line: string, names: string[]]>([
    ['./tiny_tool-1.0-py3-none-any.whl', ['tiny-tool==1.0']],
    ['wheels/six-1.16.0-py2.py3-none-any.whl', ['six==1.16.0']],
    ['six-1.16.0-py2.py3-none-any.whl ; python_version >= "3.9"', ['six==1.16.0']],
    ['six-1.16.0-py2.py3-none-any.whl ; sys_platform == "win32"', []],
    ['torch-2.1.0+cpu-1-cp312-cp312-linux_x86_64.whl', ['torch==2.1.0+cpu']],
    ['https://example.org/a/ours-2.0-py3-none-any.whl#sha256=0123', ['ours==2.0']],
    ['https://example.org/ours-2.0.tar.gz', ['ours']],
    ['/srv/my-tool-1.2.3.zip', ['my-tool']],
    ['git+https://example.org/ours.git@main#egg=Our_Tool', ['our-tool']],
    ['-e git+https://example.org/ours.git#subdirectory=x&egg=ours', ['ours']],
    ['git+https://example.org/ours.git', []],
    ['ours @ git+https://example.org/other.git', ['ours']],
    ['ours @ file:///p/lib', ['ours']],
    ['-e ./lib', ['my-lib']],
    ['--editable=lib', ['my-lib']],
    ['./lib', ['my-lib']],
    ['-e file:///p/lib', ['my-lib']],
    ['-e .[dev,test]', ['app']],
    ['.', ['app']],
    ['-e old', ['old-one']],
    ['-e older', ['older']],
    ['-e inline', ['inline']],
    ['-e computed', []],
    ['-e ../absent', []],
    ['--extra-index-url https://example.org/x-1.0.tar.gz', []],
    ['--find-links ./wheels', []],
    ['-f ./x-1.0-py3-none-any.whl', []],
  ])('%s', (line, names) => expect(namesIn(line)).toEqual(names));

  test('in a list that is included, is relative to that list', () => {
    const read = (path: string): string | undefined =>
      ({ '/p/requirements.txt': '-r more/dev.txt\nsix==1.0\n', '/p/more/dev.txt': '-e ../lib\n' })[path] ?? FILES[path];
    const list = wantedByRequirements('/p/requirements.txt', ENVIRONMENT, read);
    expect(list).toEqual({ packages: [{ name: 'six', range: '==1.0' }, { name: 'my-lib' }], isPinned: true });
  });
});
