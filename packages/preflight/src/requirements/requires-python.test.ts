import { describe, expect, test } from 'vitest';
import { isInRange, requiresPythonOf } from './requires-python.ts';

describe('a range of versions', () => {
  test.each<[version: string, range: string, isIn: boolean | undefined]>([
    ['3.11.7', '>=3.11,<3.14', true],
    ['3.14.0', '>=3.11,<3.14', false],
    ['3.9.18', '>=3.11', false],
    ['3.11.0', '>3.11', false],
    ['3.11', '<=3.11.0', true],
    ['3.12.1', '==3.12.*', true],
    ['3.13.0', '==3.12.*', false],
    ['3.12.1', '== 3.12', false],
    ['3.12.0', '==3.12', true],
    ['3.12.1', '!=3.12.*', false],
    ['3.12.1', '!=3.12.0, >=3', true],
    ['3.13.0', '~=3.11', true],
    ['4.0.0', '~=3.11', false],
    ['3.11.9', '~=3.11.2', true],
    ['3.12.0', '~=3.11.2', false],
    ['3.13.2', '3.13', true],
    ['3.1.0', '3.13', false],
    ['3.13.0', '3.1', false],
    ['3.14.0', '>=3.14rc1', undefined],
    ['3.14.0rc1', '>=3.11', undefined],
    ['3.11.0', '~=3', undefined],
    ['3.11.0', '>=3.*', undefined],
    ['3.11.0', '===3.11.0', undefined],
    ['3.11.0', '^3.11', undefined],
    ['3.11.0', '', undefined],
  ])('%s and %s: %s', (version, range, isIn) => expect(isInRange(version, range)).toBe(isIn));
});

describe('requires-python of a pyproject.toml', () => {
  test.each<[what: string, text: string, range: string | undefined]>([
    ['is in the project table', '[project]\nname = "x"\nrequires-python = ">=3.11,<3.14"\n', '>=3.11,<3.14'],
    ['in single quotes', "[build-system]\nrequires = []\n\n[project] # ours\nrequires-python='==3.12.*'", '==3.12.*'],
    ['with Windows line ends', '[project]\r\nrequires-python = ">=3.9"\r\n', '>=3.9'],
    ['of another table is not it', '[project]\nname = "x"\n[tool.y]\nrequires-python = ">=2"\n', undefined],
    ['in a comment is not it', '[project]\n# requires-python = ">=2"\n', undefined],
    ['may be absent', '', undefined],
  ])('%s', (_, text, range) => {
    const read = (file: string): string | undefined => (file === 'pyproject.toml' ? text : undefined);
    expect(requiresPythonOf(read)).toBe(range);
  });

  const poetry = (range: string): string =>
    `[tool.poetry]\nname = "x"\n[tool.poetry.dependencies]\npython = ${range}\n`;
  test.each<[what: string, file: string, text: string, range: string | undefined]>([
    ['of Poetry, with a caret', 'pyproject.toml', poetry('"^3.11"'), '>=3.11,<4'],
    ['of Poetry, with a caret and a patch version', 'pyproject.toml', poetry('"^3.11.4"'), '>=3.11.4,<4'],
    ['of Poetry, with a tilde', 'pyproject.toml', poetry('"~3.11"'), '>=3.11,<3.12'],
    ['of Poetry, with a tilde and a major version', 'pyproject.toml', poetry("'~3'"), '>=3,<4'],
    ['of Poetry, as everywhere else', 'pyproject.toml', poetry('">=3.9,<3.13"'), '>=3.9,<3.13'],
    ['of Poetry, with an alternative', 'pyproject.toml', poetry('"^3.9 || ^3.11"'), undefined],
    ['of Poetry, as a table', 'pyproject.toml', poetry('{ version = "^3.9" }'), undefined],
    ['of setup.cfg', 'setup.cfg', '[metadata]\nname = x\n[options]\npython_requires = >=3.8, <3.12\n', '>=3.8, <3.12'],
    ['of setup.cfg, in another section', 'setup.cfg', '[mypy]\npython_requires = >=3.8\n', undefined],
    ['of a Pipfile', 'Pipfile', '[packages]\nsix = "*"\n\n[requires]\npython_version = "3.11"\n', '3.11'],
    ['of a Pipfile, absent', 'Pipfile', '[packages]\npython_version = "*"\n', undefined],
  ])('%s', (_, name, text, range) => {
    expect(requiresPythonOf((file) => (file === name ? text : undefined))).toBe(range);
  });

  test('that of [project] is the first', () => {
    const text = `${poetry('"^3.11"')}[project]\nrequires-python = ">=3.12"\n`;
    expect(requiresPythonOf(() => text)).toBe('>=3.12');
  });
});
