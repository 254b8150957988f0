import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { type EditableInstall, editableInstalls, isThere, readText } from './editable-installs.ts';
import type { Venv } from './venv.ts';

/** A file of an editable install that points to something that does not exist. */
export interface LostSource {
  /** The file, relative to `site-packages`. */
  readonly file: string;
  readonly to: string;
  /** The folder of the project that was installed in place. */
  readonly source: string;
  /** Where that project is now, if it was found. */
  readonly now: string | undefined;
}

/** How many folders beside a lost one are looked at. */
const MOST = 200;

/** Everything that editable installs point to and that does not exist. */
export function lostSources(venv: Venv): LostSource[] {
  const installs = editableInstalls(venv);
  const projects = installs.flatMap(projectsOf);
  return installs.flatMap(({ file, targets }) => {
    const to = targets.find((target) => !isThere(target));
    if (to === undefined) return [];
    const { source, name } = projects.find((one) => `${to}/`.startsWith(`${one.source}/`)) ?? { source: to, name: '' };
    const now = name === '' || existsSync(source) ? undefined : renamedFolder(source, name);
    return [{ file: `${basename(dirname(file))}/${basename(file)}`, to, source, now }];
  });
}

/**
 * Whether the environment was moved together with what it points to: seen from the project, it is where it was seen from the old folder.
 * @param homes the old folders of the environment. Python 3.11 and later, and virtualenv, also write down where they created it.
 */
export function returnsWith({ folder, config }: Venv, homes: readonly string[], to: string): boolean {
  const [, born] = / -m (?:venv|virtualenv) (?:--?[^ ]+ )*(\/.*)$/.exec(config['command'] ?? '') ?? [];
  return [...homes, ...(born === undefined ? [] : [born])].some((home) =>
    isThere(resolve(dirname(folder), relative(dirname(home), to))),
  );
}

interface Project {
  readonly source: string;
  readonly name: string;
}

/** pip and uv write the folder and the name of a project into direct_url.json, `setup.py develop` into an .egg-link. */
function projectsOf({ file, targets: [source = ''] }: EditableInstall): Project[] {
  if (file.endsWith('.egg-link')) return [{ source, name: basename(file, '.egg-link') }];
  const folder = basename(dirname(file));
  return basename(file) === 'direct_url.json' ? [{ source, name: folder.replace(/-[^-]*\.dist-info$/, '') }] : [];
}

/** The folder of a project that was renamed, itself or one above it: it is beside the old one, and its project has the same name. */
function renamedFolder(source: string, name: string): string | undefined {
  let gone = source;
  while (!existsSync(dirname(gone))) gone = dirname(gone);
  const rest = source.slice(gone.length);
  return foldersIn(dirname(gone))
    .map((folder) => `${folder}${rest}`)
    .find((folder) => isProject(folder, name));
}

function isProject(folder: string, name: string): boolean {
  const pattern = new RegExp(`^\\s*name\\s*=\\s*["']?${name.split(/[-_.]+/).join('[-_.]+')}["']?\\s*,?\\s*$`, 'im');
  return ['pyproject.toml', 'setup.cfg', 'setup.py'].some((file) => pattern.test(readText(join(folder, file))));
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .sort()
      .slice(0, MOST)
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}
