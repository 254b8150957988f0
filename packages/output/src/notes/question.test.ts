import { describe, expect, test } from 'vitest';
import { unansweredQuestion } from './question.ts';

describe('an output that ends with a question', () => {
  test.each<[who: string, text: string, question?: string]>([
    ['apt', 'After this operation, 12 MB will be used.\nDo you want to continue? [Y/n] '],
    ['apt, which gives up', 'Do you want to continue? [Y/n] Abort.\n'],
    ['npm init', 'About to write to package.json:\n\n{}\n\n\nIs this OK? (yes) '],
    ['the first question of npm init', 'Press ^C at any time to quit.\npackage name: (app) '],
    ['npx', 'Need to install the following packages:\ncreate-x@1.0.0\nOk to proceed? (y) '],
    ['create-next-app', '? What is your project named? › my-app'],
    ['inquirer', '? Continue? (y/N) \n'],
    ['a list of inquirer', '? Pick a template\n❯ React\n  Vue\n  Svelte\n', '? Pick a template'],
    ['clack', '┌  Welcome\n│\n◆  Project name:\n│  vite-project\n└\n', '◆  Project name:'],
    ['ssh', 'Are you sure you want to continue connecting (yes/no/[fingerprint])? '],
    ['ssh, of a key', "Enter passphrase for key '/home/me/.ssh/id': "],
    ['git', "Username for 'https://git.example': "],
    ['sudo', '[sudo] password for me: '],
    ['a password and a newline', 'Password: \n'],
    ['conda', 'Proceed ([y]/n)? '],
    ['pip uninstall', 'Proceed (Y/n)? '],
    ['rm', "rm: remove write-protected regular file 'x'? "],
    ['readline', 'What is your name? '],
    ['terraform', '  Enter a value: '],
    ['a pager', 'Press any key to continue . . . \n'],
    ['an installer', 'Overwrite existing files? [no] '],
    ['a client of a database', 'Welcome to the monitor.\nmysql> '],
    ['another one', 'Type "help" for help.\n\npostgres=# '],
    ['Python', 'Type "help" for more.\n>>> '],
    ['Node', 'Welcome to Node.js v20.\n> ', '>'],
    ['irb', 'irb(main):001:0> '],
    ['a debugger', '-> 3 f()\n(Pdb) '],
    ['a menu', 'Select an option:\n 1) build\n 2) test\nYour choice: ', 'Your choice:'],
  ])('of %s', (_, text, question = text.trim().split('\n').at(-1)?.trim() ?? '') => {
    expect(unansweredQuestion(text)).toBe(question);
  });
});

test.each<[what: string, text: string]>([
  ['nothing', ''],
  ['a sentence', 'done\n'],
  ['a question as a sentence', 'Did you know that tests can run in parallel?\n'],
  ['a key and its value', 'listening on: 8080\n'],
  ['a heading', 'Results:\n'],
  ['a question that was answered', '✔ Project name: … my-app\ndone\n'],
  ['a question that is older', 'Continue? [Y/n] y\ninstalled 3 packages\n'],
  ['a list of choices without a question', '  one\n  two\n'],
  ['an URL with a query', 'open http://localhost:3000/?a=1\n'],
  ['a tag', '<p>\n</p>'],
  ['a tag and a newline', '<p> \n'],
  ['an arrow', 'a -> b'],
  ['a prompt with its answer', 'mysql> exit\nBye\n'],
  ['a ratio', 'coverage (12/40)\n'],
  ['a type', 'const a: string | undefined (y)\n'],
])('%s is no question', (_, text) => {
  expect(unansweredQuestion(text)).toBeUndefined();
});

test('a long question is cut, and hostile lines take no time', () => {
  expect(Buffer.byteLength(unansweredQuestion(`${'x'.repeat(5_000)}? [Y/n] `) ?? '')).toBeLessThanOrEqual(120);
  for (const piece of ['(y/', '? ', '[[', 'password', ': (', 'y/n)'])
    expect(() => unansweredQuestion(piece.repeat(5_000))).not.toThrow();
});
