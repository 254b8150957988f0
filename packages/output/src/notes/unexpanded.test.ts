import { expect, test } from 'vitest';
import { unexpandedWord } from './unexpanded.ts';

test.each<[argv: string[], word: string]>([
  [['python3', 'train.py', '--out', '$OUT_DIR'], '$OUT_DIR'],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a word for a shell
  [['python3', 'train.py', '--out=${OUT_DIR}/run-1'], '${OUT_DIR}/run-1'],
  [['cp', 'a', '$HOME/b'], '$HOME/b'],
  [['env', 'DATA=$DATA_DIR', 'pytest'], '$DATA_DIR'],
  [['echo', 'x', '$PATH'], '$PATH'],
  [['python3', 'x.py', '~/data/in.csv'], '~/data/in.csv'],
  [['node', 'x.js', '--config=~/x.json'], '~/x.json'],
])('%j: %s is passed as it is', (argv, word) => {
  expect(unexpandedWord(argv, 'any')).toBe(word);
});

test.each<[argv: string[]]>([
  [['sh', '-c', 'echo "$1"', 'sh', '$HOME']],
  [['ssh', 'host', 'ls', '$HOME']],
  [['docker', 'exec', 'app', 'echo', '$HOME']],
  [['make', 'X=$HOME']],
  [['grep', '$HOME', 'file']],
  [['node', '-e', 'const $a = 1']],
  [['php', 'x.php', '$x']],
  [['python3', 'x.py', 'costs $5', '$1', 'a$B', '^x$', '$']],
  [['vim', 'a~', '~']],
  [['$HOME/bin/run']],
])('%j has none', (argv) => {
  expect(unexpandedWord(argv, 'any')).toBeUndefined();
});

test('of a success, only a variable counts: many programs know what ~ means', () => {
  expect(unexpandedWord(['python3', 'x.py', '~/x'], 'variable')).toBeUndefined();
  expect(unexpandedWord(['python3', 'x.py', '$OUT_DIR'], 'variable')).toBe('$OUT_DIR');
});
