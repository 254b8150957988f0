import { expect, test } from 'vitest';
import { evaluateMarker } from './marker.ts';

const HERE = {
  os_name: 'posix',
  sys_platform: 'linux',
  platform_machine: 'x86_64',
  platform_python_implementation: 'CPython',
  platform_system: 'Linux',
  python_version: '3.11',
  python_full_version: '3.11.7',
  implementation_name: 'cpython',
  implementation_version: '3.11.7',
};

test.each<[marker: string, truth: boolean | undefined]>([
  ["sys_platform == 'linux'", true],
  ["sys_platform == 'win32'", false],
  ['sys_platform != "win32"', true],
  ["python_version < '3.11'", false],
  ["python_version >= '3.9'", true],
  ["python_version > '3.9' and python_version < '4.0'", true],
  ["python_full_version < '3.11.0a6'", false],
  ["python_full_version >= '3.11.3'", true],
  ["python_version ~= '3.9'", true],
  ["python_version == '3.*'", true],
  ["'3.9' <= python_version", true],
  ["'3.12' <= python_version", false],
  ["python_version in '3.9 3.10'", false],
  ["python_version in '3.10, 3.11'", true],
  ["python_version not in '3.9 3.10'", true],
  ["'linux' in sys_platform", true],
  ["sys_platform in 'linux linux2'", true],
  ["'win' in sys_platform", false],
  ["os_name == 'nt' or (os_name == 'posix' and platform_machine == 'aarch64')", false],
  ["(os_name == 'nt' or os_name == 'posix') and platform_machine == 'x86_64'", true],
  ["os_name == 'nt' or os_name == 'posix' and platform_machine == 'x86_64'", true],
  ["platform_python_implementation == 'PyPy'", false],
  ["sys.platform == 'linux' and python_implementation == 'CPython'", true],
  ["extra == 'dev'", undefined],
  ["extra == 'dev' and sys_platform == 'win32'", false],
  ["extra == 'dev' or sys_platform == 'linux'", true],
  ["'dev' in dependency_groups", undefined],
  ["platform_release >= '5.4'", undefined],
  ['', undefined],
  ["sys_platform == 'linux", undefined],
  ["sys_platform == 'linux')", undefined],
  ["(sys_platform == 'linux'", undefined],
  ['sys_platform', undefined],
  ["sys_platform == 'linux' and", undefined],
  ["a == b and '", undefined],
])('%s: %s', (marker, truth) => expect(evaluateMarker(marker, HERE)).toBe(truth));

test('a pre-release of Python counts as its release', () => {
  const early = { ...HERE, python_version: '3.14', python_full_version: '3.14.0rc1' };
  expect(evaluateMarker("python_full_version >= '3.14'", early)).toBe(true);
});
