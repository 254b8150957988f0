import { expect, test } from 'vitest';
import { scriptHeadOf } from './script-head.ts';

test.each<[what: string, text: string, interpreter: string | undefined, by: string]>([
  ['the kernel reads the first word', '#!/a/.venv/bin/python3\nimport re\n', '/a/.venv/bin/python3', 'kernel'],
  ['blanks before it and options after it do not count', '#! \t/usr/bin/env -S python3 -u\n', '/usr/bin/env', 'kernel'],
  ['a Windows line end is part of it', '#!/usr/bin/python3\r\n', '/usr/bin/python3\r', 'kernel'],
  [
    'pip quotes a path with a space',
    "#!/bin/sh\n'''exec' \"/a b/bin/python3\" \"$0\" \"$@\"\n' '''\n",
    '/a b/bin/python3',
    'sh',
  ],
  ['and a long one not', "#!/bin/sh\n'''exec' /a/bin/python3 \"$0\" \"$@\"\n' '''\n", '/a/bin/python3', 'sh'],
  ['uv quotes its own way', "#!/bin/sh\n'''exec' '/a b/bin/python' \"$0\" \"$@\"\n' '''\n", '/a b/bin/python', 'sh'],
  [
    'a quote in the path is quoted by another quote',
    `#!/bin/sh\n'''exec' '/o'"'"'brien two/bin/python' "$0" "$@"\n' '''\n`,
    "/o'brien two/bin/python",
    'sh',
  ],
  [
    'nothing is computed in quotes',
    `#!/bin/sh\n'''exec' '/"q" $x/bin/python' "$0" "$@"\n' '''\n`,
    '/"q" $x/bin/python',
    'sh',
  ],
  [
    'a relocatable script looks for itself',
    `#!/bin/sh\n'''exec' "$(dirname -- "$(realpath -- "$0")")"/'python' "$0" "$@"\n' '''\n`,
    undefined,
    'sh',
  ],
  ['a shell script is one', '#!/bin/sh\nexec python3 "$@"\n', '/bin/sh', 'kernel'],
  ['a shebang may name nobody', '#!\n', '', 'kernel'],
])('%s', (_, text, interpreter, by) => expect(scriptHeadOf(text)).toMatchObject({ interpreter, by }));

test.each(['', 'import re\n', '\u007fELF', ' #!/bin/sh\n', '#', '\ufeff#!/bin/sh\n'])('%j has no head', (text) => {
  expect(scriptHeadOf(text)).toBeUndefined();
});
