import { describe, expect, test } from 'vitest';
import { shellMeaning, shellSyntaxIn } from './shell-syntax.ts';

const PROGRAMS = new Set('npm make tee ls wc sort test python3 node pytest cat echo true'.split(' '));
const isCommand = (word: string): boolean => PROGRAMS.has(word);

describe('words that a shell would act on', () => {
  test.each<[argv: string[], instead: string[]]>([
    [
      ['npm', 'test', '&&', 'npm', 'run', 'build'],
      ['sh', '-c', 'npm test && npm run build'],
    ],
    [
      ['npm', 'test;', 'npm', 'run', 'x'],
      ['sh', '-c', 'npm test; npm run x'],
    ],
    [
      ['npm', 'test', '||', 'true'],
      ['sh', '-c', 'npm test || true'],
    ],
    [
      ['make', ';', 'make', 'check'],
      ['sh', '-c', 'make ; make check'],
    ],
    [
      ['pytest', '-q', '|', 'tee', 'out log'],
      ['sh', '-c', "pytest -q | tee 'out log'"],
    ],
    [
      ['npm', 'run', 'dev', '&', 'npm', 'test'],
      ['sh', '-c', 'npm run dev & npm test'],
    ],
    [
      ['npm', 'run', 'dev', '&'],
      ['npm', 'run', 'dev'],
    ],
    [
      ['npm', 'test', '&&', 'cd', 'x'],
      ['sh', '-c', 'npm test && cd x'],
    ],
    [
      ['npm', 'test', '&&', 'CI=1', 'npm', 'run', 'x'],
      ['sh', '-c', 'npm test && CI=1 npm run x'],
    ],
    [
      ['npm', 'ci', '&&', '(', 'cd', 'x', ')'],
      ['sh', '-c', 'npm ci && ( cd x )'],
    ],
    [
      ['pytest', '>', 'out.txt'],
      ['sh', '-c', 'pytest > out.txt'],
    ],
    [
      ['pytest', '>>', 'a b'],
      ['sh', '-c', "pytest >> 'a b'"],
    ],
    [
      ['pytest', '2>', 'err'],
      ['sh', '-c', 'pytest 2> err'],
    ],
    [
      ['pytest', '2>&1'],
      ['sh', '-c', 'pytest 2>&1'],
    ],
    [
      ['pytest', '>out.txt', '2>&1'],
      ['sh', '-c', 'pytest >out.txt 2>&1'],
    ],
    [
      ['pytest', '2>/dev/null'],
      ['sh', '-c', 'pytest 2>/dev/null'],
    ],
    [
      ['pytest', '&>', 'all.log'],
      ['bash', '-c', 'pytest &> all.log'],
    ],
    [
      ['python3', 'x.py', '<', 'dump.sql'],
      ['sh', '-c', 'python3 x.py < dump.sql'],
    ],
    [
      ['python3', 'x.py', '<dump.sql'],
      ['sh', '-c', 'python3 x.py <dump.sql'],
    ],
    [
      ['cat', '<<<', 'a b'],
      ['bash', '-c', "cat <<< 'a b'"],
    ],
    [
      ['env', 'A=1', 'npm', 'test', '&&', 'npm', 'run', 'x'],
      ['sh', '-c', 'env A=1 npm test && npm run x'],
    ],
    [
      ['python3', '-c', 'print(1)', '|', 'tee', 'log'],
      ['sh', '-c', "python3 -c 'print(1)' | tee log"],
    ],
    [
      ['node', '-e', 'f(g(1))', '&&', 'ls'],
      ['sh', '-c', "node -e 'f(g(1))' && ls"],
    ],
    [
      ['make', '&&', '(cd', 'x', '&&', 'make)'],
      ['sh', '-c', 'make && (cd x && make)'],
    ],
    [
      ['echo', '$(date)', '>', 'log'],
      ['sh', '-c', 'echo $(date) > log'],
    ],
    [
      ['npm', 'run', 'build', '&&', './dist/run'],
      ['sh', '-c', 'npm run build && ./dist/run'],
    ],
    [
      ['npm', 'ci', '&&', 'vite', 'build'],
      ['sh', '-c', 'npm ci && vite build'],
    ],
    [
      ['./configure', '||', 'autoreconf', '-i'],
      ['sh', '-c', './configure || autoreconf -i'],
    ],
    [
      ['npm', 'test', '&&', '/opt/bin/notify'],
      ['sh', '-c', 'npm test && /opt/bin/notify'],
    ],
    [
      ['cd', 'x', '&&', 'make'],
      ['sh', '-c', 'cd x && make'],
    ],
    [
      ['cd', "it's"],
      ['sh', '-c', "cd 'it'\\''s'"],
    ],
    [
      ['export', 'A=1'],
      ['sh', '-c', 'export A=1'],
    ],
    [
      ['.', './env.sh'],
      ['sh', '-c', '. ./env.sh'],
    ],
    [
      ['source', 'venv/bin/activate'],
      ['bash', '-c', 'source venv/bin/activate'],
    ],
  ])('%j', (argv, instead) => {
    expect(shellSyntaxIn(argv, isCommand)?.instead).toEqual(instead);
  });
});

describe('the same words as arguments', () => {
  test.each([
    [['find', '.', '-name', '|']],
    [['find', '.', '-exec', 'ls', '{}', ';']],
    [['sudo', 'find', '.', '-exec', 'ls', '{}', ';', '-exec', 'cat', '{}', ';']],
    [['/usr/bin/find', '.', '-exec', 'ls', '{}', ';', '-o', '-name', 'x']],
    [['grep', '&&', 'file']],
    [['nice', '-n', '5', 'grep', '-n', '|', 'ls']],
    [['expr', '3', '>', '2']],
    [['[', 'a', '<', 'b', ']']],
    [['test', 'a', '>', 'b']],
    [['awk', '-F', '|', '{print $1}', 'file']],
    [['cut', '-d', ';', '-f1', 'file']],
    [['tr', ';', '&']],
    [['sort', '-t', '|', 'file']],
    [['ssh', 'host', 'ls', '|', 'wc']],
    [['watch', 'ls', '|', 'wc']],
    [['psql', '-F', '|', '-c', 'select 1']],
    [['python3', 'x.py', '--separator', '|', 'data.csv']],
    [['python3', 'x.py', '--separator', ';']],
    [['python3', 'x.py', '--join', '&&', 'data.csv']],
    [['python3', 'x.py', '&&', '--strict']],
    [['python3', 'x.py', '||']],
    [['csvlook', '|', 'data.csv']],
    [['python3', 'x.py', '--op', '>']],
    [['python3', 'x.py', '<div>', '>=20', '<3', '->']],
    [['python3', 'x.py', 'a && b', 'a;b', 'x>y']],
    [['sh', '-c', 'npm test && npm run build']],
    [['node', '-e', 'a > b']],
    [['npm', 'test']],
  ])('%j', (argv) => {
    expect(shellSyntaxIn(argv, isCommand)).toBeUndefined();
  });
});

describe('a program that is not there, but means something to a shell', () => {
  test.each<[argv: string[], instead: string[]]>([
    [['a && b'], ['sh', '-c', 'a && b']],
    [['npm test'], ['sh', '-c', 'npm test']],
    [["echo 'it is'; ls"], ['sh', '-c', "echo 'it is'; ls"]],
    [
      ['python train.py', '--lr', '1 2'],
      ['sh', '-c', "python train.py --lr '1 2'"],
    ],
    [
      ['FOO=1', 'cmd'],
      ['env', 'FOO=1', 'cmd'],
    ],
    [
      ['A=1', 'B=x y', 'cmd', '-v'],
      ['env', 'A=1', 'B=x y', 'cmd', '-v'],
    ],
    [
      ['PATH=$HOME/bin:$PATH', 'cmd'],
      ['sh', '-c', 'PATH=$HOME/bin:$PATH cmd'],
    ],
    [
      ['A=$HOME', 'B=x y', 'cmd'],
      ['sh', '-c', "A=$HOME B='x y' cmd"],
    ],
    [
      ['~/bin/run', 'x'],
      ['/home/ann/bin/run', 'x'],
    ],
    [['$HOME/bin/run'], ['sh', '-c', '$HOME/bin/run']],
    [['./*.sh'], ['sh', '-c', './*.sh']],
    [
      ['(', 'cd', 'x', ')'],
      ['sh', '-c', '( cd x )'],
    ],
    [
      ['[[', '-f', 'x', ']]'],
      ['bash', '-c', '[[ -f x ]]'],
    ],
    [
      ['if', 'true;', 'then', 'ls;', 'fi'],
      ['sh', '-c', 'if true; then ls; fi'],
    ],
    [
      ['time', 'make'],
      ['bash', '-c', 'time make'],
    ],
  ])('%j', (argv, instead) => {
    expect(shellMeaning(argv, '/home/ann')?.instead).toEqual(instead);
  });

  test.each([[['pyhton', 'x.py']], [['./missing.sh']], [['nvm', 'use', '20']]])('%j means nothing else', (argv) => {
    expect(shellMeaning(argv, '/home/ann')).toBeUndefined();
  });
});
