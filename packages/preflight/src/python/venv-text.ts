/** `--check venv-moved:tools/.venv`; without text it is the environment that is found here. */
export function venvText(text: string): { venv?: string } {
  return text === '' ? {} : { venv: text };
}

/** Why there is nothing to look at. */
export function noVenvText(named: string | undefined): string {
  return named === undefined
    ? 'there is no virtual environment here'
    : `${named} is no virtual environment: it has no pyvenv.cfg`;
}
