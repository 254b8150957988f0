import { basename } from 'node:path';
import { isStepName } from '@pm/protocol';

/** Programs that run another one, and how many words after them are still theirs. */
const RUNNERS = new Set([
  'uv',
  'uvx',
  'npx',
  'poetry',
  'pipenv',
  'pdm',
  'hatch',
  'rye',
  'bunx',
  'bundle',
  'sudo',
  'env',
  'nice',
  'nohup',
  'time',
  'timeout',
  'stdbuf',
]);
const RUN_WORDS = new Set(['run', 'exec', 'x', 'dlx']);
const INTERPRETERS = /^(python|python3|python3\.\d+|node|bash|sh|zsh|ruby|perl|deno|bun|tsx)$/;
const PACKAGE_MANAGERS = new Set([
  'npm',
  'pnpm',
  'yarn',
  'bun',
  'make',
  'just',
  'cargo',
  'go',
  'gradle',
  'mvn',
  'docker',
  'git',
]);

/**
 * A step's name from its command: `pytest -q` → `pytest`, `npm run build` → `npm-build`, `uv run pytest` → `pytest`,
 * `python train.py` → `train`, `python -m http.server` → `http.server`. Always a valid step name.
 */
export function deriveStep(argv: readonly string[]): string {
  const words = withoutRunners(argv);
  const program = nameOf(words[0]);
  const rest = words.slice(1);
  if (INTERPRETERS.test(program)) return stepOf(scriptOf(program, rest));
  const task = rest.filter((word) => !word.startsWith('-') && !RUN_WORDS.has(word))[0];
  return stepOf(PACKAGE_MANAGERS.has(program) && task !== undefined ? `${program}-${nameOf(task)}` : program);
}

/** The command without the programs that only run it: `uv run pytest -q` → `pytest -q`. */
export function withoutRunners(argv: readonly string[]): string[] {
  const words = [...argv];
  while (words.length > 1 && RUNNERS.has(nameOf(words[0]))) {
    words.shift();
    while (words.length > 1 && isOfRunner(words[0] ?? '')) words.shift();
  }
  return words;
}

/** `env A=1`, `timeout 30`, `uv run`, `npx --yes`: still the runner's own. */
function isOfRunner(word: string): boolean {
  return word.startsWith('-') || RUN_WORDS.has(word) || /^\d+[smhd]?$/.test(word) || /^[A-Za-z_]\w*=/.test(word);
}

function scriptOf(interpreter: string, rest: readonly string[]): string {
  const module = rest[rest.indexOf('-m') + 1];
  if (rest.includes('-m') && module !== undefined) return module;
  const first = rest.find((word) => !word.startsWith('-'));
  // `node -e "…"`: the program is in the argument, its text is no name.
  return first === undefined || rest[rest.indexOf(first) - 1]?.match(/^-(c|e|p)$/)
    ? interpreter
    : nameOf(first).replace(/\.[A-Za-z]+$/, '');
}

function nameOf(word: string | undefined): string {
  return basename(word ?? '');
}

function stepOf(text: string): string {
  const step = text
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 64);
  return isStepName(step) ? step : 'run';
}
