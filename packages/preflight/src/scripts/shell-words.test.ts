import { expect, test } from 'vitest';
import { homesIn, withHome } from '../../assets/shell-words.mjs';

/** The line that names the folder, as the tools write it. */
const LINES = {
  activate: 'VIRTUAL_ENV=',
  'activate.csh': 'setenv VIRTUAL_ENV ',
  'activate.fish': 'set -gx VIRTUAL_ENV ',
  'activate.nu': 'let virtual_env = ',
} as const;

test.for([
  '/p/.venv',
  '/a b (c)/.venv',
  "/o'brien/.venv",
  '/a "quoted" $HOME !/.venv',
  '/größe/.venv',
  '/it\'s `x` & "y"/v',
])('an activate file of %s leads there, and is moved again', (home) => {
  for (const [name, head] of Object.entries(LINES))
    for (const written of [`${head}"/old/.venv"\n`, `${head}'/old/.venv'\n`, `${head}/old/.venv\n`]) {
      const moved = withHome(written, name, '/old/.venv', home);
      expect([moved, homesIn(moved)]).toEqual([moved, [home]]);
      expect(homesIn(withHome(moved, name, home, '/new/.venv'))).toEqual(['/new/.venv']);
    }
});

test.each<[what: string, text: string, homes: string[]]>([
  ['uv before 0.4 does not escape a quote', "VIRTUAL_ENV='/o'brien/v'\n", ["/o'brien/v"]],
  ['a nushell raw string', "let virtual_env = r#'/o'brien/v'#\n", ["/o'brien/v"]],
  ['fish, as virtualenv writes it', "set -gx VIRTUAL_ENV '/o'\\''brien/v'\n", ["/o'brien/v"]],
  ['Python 3.13', 'VIRTUAL_ENV=$(cygpath "/p/v")\nexport VIRTUAL_ENV="/p/v"\n', ['/p/v']],
  ['csh, as virtualenv writes it', 'set _virtualenv_dir=\'/p/v\'\nsetenv VIRTUAL_ENV "$_virtualenv_dir:q"\n', ['/p/v']],
  ['a relocatable one computes it', `VIRTUAL_ENV=''"$(dirname -- "$SCRIPT_PATH")"''\n`, []],
  ['a use of it', 'PATH="$VIRTUAL_ENV/bin:$PATH"\nunset VIRTUAL_ENV\n', []],
])('%s', (_, text, homes) => expect(homesIn(text)).toEqual(homes));
