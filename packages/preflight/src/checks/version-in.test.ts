import { expect, test } from 'vitest';
import { versionIn } from './version-in.ts';

test.each<[command: string, stdout: string, stderr: string, version: string | undefined]>([
  ['python3.12', 'Python 3.12.1\n', '', '3.12.1'],
  ['python2', '', 'Python 2.7.18\n', '2.7.18'],
  ['/usr/bin/node', 'v20.20.2\n', '', '20.20.2'],
  ['java', '', 'Picked up _JAVA_OPTIONS: -Xmx1.5g\nopenjdk version "1.8.0_392"\n', '1.8.0'],
  ['java', 'openjdk 21.0.4 2024-07-16\n', 'Picked up JAVA_TOOL_OPTIONS: -Dx=1.2.3\n', '21.0.4'],
  ['go', 'go version go1.22.5 linux/amd64\n', '', '1.22.5'],
  ['mvn', 'Apache Maven 3.9.6 (bc02)\nMaven home: /opt\nJava version: 21.0.4, vendor: x\n', '', '3.9.6'],
  ['gradle', '\n----\nGradle 8.5\n----\nKotlin: 1.9.20\nJVM: 21.0.1\n', '', '8.5'],
  ['npm', '10.2.4\n', 'npm warn config Node.js v18.2.0 is old\n', '10.2.4'],
  ['tool', 'Using node v18.19.0\n20.11.0\n', '', '20.11.0'],
  ['tool', 'Using python 3.11.9\nTool 2.4.1\n', '', '2.4.1'],
  ['tool', 'loaded plugin-x 9.9.9\ntool version 3.11.2 (build 7)\n', '', '3.11.2'],
  ['tool', 'WARNING: glibc 2.31 is old\nrelease 5.0.1\n', '', '5.0.1'],
  ['tool', 'A new release of tool is available: 1.0 -> 9.0\n1.0.3\n', '', '1.0.3'],
  ['terraform', 'Terraform v1.5.7\n\nYour version is out of date! The latest version\nis 1.6.0.\n', '', '1.5.7'],
  ['perl', '\nThis is perl 5, version 36, subversion 0 (v5.36.0) built for x86\n', '', '5.36.0'],
  ['bash', 'GNU bash, version 5.2.15(1)-release\nLicense GPLv3+: GNU GPL version 3 or later\n', '', '5.2.15'],
  ['bat', 'bat 0.24.0 (MIT license)\n', '', '0.24.0'],
  ['less', 'less 590 (GNU regular expressions)\n', '', '590'],
  ['pip3', 'pip 23.2.1 from /usr/lib/python3/dist-packages/pip (python 3.11)\n', '', '23.2.1'],
  ['python3.12', 'python3.12 3.12.4\n', '', '3.12.4'],
  ['tsc', 'Version 5.3.3\n', '', '5.3.3'],
  ['g++', 'g++ (Debian) 12.2.0\n', '', '12.2.0'],
  ['tool', '', '', undefined],
  ['tool', 'ready\n', '', undefined],
  ['tool', 'Do you accept the license agreement 3.12? [y/N] ', '', undefined],
  ['tool', 'Tool 4.1 beta. You must agree to the terms 2.0 first.\n', '', undefined],
  ['tool', 'See the License 2.0\n', '', undefined],
])('%s prints %j and %j: %s', (command, stdout, stderr, version) => {
  expect(versionIn(command, [stdout, stderr])).toBe(version);
});
