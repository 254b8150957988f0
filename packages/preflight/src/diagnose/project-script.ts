const WITH_VALUE =
  /^(?:-[pP]|--(?:python|extra|group|only-group|no-group|package|directory|project|env-file|index|index-url))$/;

/** Options of `uv run` after which it runs something in another environment than that of the project. */
const ELSEWHERE = /^--(?:with(?:-.*)?|isolated|no-project|script|module|python-platform)(?:=.*)?$|^-[ms]$/;

/**
 * Whether the command is `uv run pytest` or the like. If the script in the environment of the project is dead, the kernel reports that it
 * does not exist, and such a runner goes on to the next one on the PATH: that of another Python, which has other modules.
 */
export function isScriptOfProject(command: readonly string[]): boolean {
  const [, shell] = /^(?:\S*\/)?(?:ba|da|z)?sh$/.test(command[0] ?? '')
    ? (/^-\w*c\0(.*)$/s.exec(command.slice(1).join('\0')) ?? [])
    : [];
  const words =
    shell === undefined
      ? command
      : (/\b(?:uv|poetry|pdm|pipenv|hatch|rye) run [^;&|]*/.exec(shell)?.[0].trim().split(/\s+/) ?? []);
  const [runner = '', verb, ...rest] = words;
  if (
    !/(?:^|\/)(?:uv|poetry|pdm|pipenv|hatch|rye)$/.test(runner) ||
    verb !== 'run' ||
    rest.some((word) => ELSEWHERE.test(word))
  )
    return false;
  const program = rest.find((word, i) => !word.startsWith('-') && !WITH_VALUE.test(rest[i - 1] ?? ''));
  return program !== undefined && !isPython(program) && !/\.py$|^[.]?\//.test(program);
}

/** The path or name of an interpreter. */
export function isPython(word: string | undefined): boolean {
  return /^(?:[\w@%+=.,-]{0,255}\/){0,32}python[\d.]{0,8}$/.test(word ?? '');
}
