import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Venv } from './venv.ts';

/** A file in a virtual environment that points to the source of an editable install (`pip install -e .`, every project of uv). */
export interface EditableInstall {
  readonly file: string;
  readonly targets: readonly string[];
}

/** All files of editable installs, as pip, uv and setuptools write them. */
export function editableInstalls({ folder }: Venv): EditableInstall[] {
  const lib = join(folder, 'lib');
  const sites = namesIn(lib).map((python) => join(lib, python, 'site-packages'));
  return sites.flatMap((site) =>
    namesIn(site).flatMap((name) => {
      const file = name.endsWith('.dist-info') ? join(site, name, 'direct_url.json') : join(site, name);
      const targets = targetsIn(file);
      return targets.length === 0 ? [] : [{ file, targets }];
    }),
  );
}

/** Whether a target exists. setuptools writes modules without their extension: `/project/one` means `/project/one.py`. */
export function isThere(target: string): boolean {
  const name = `${basename(target)}.`;
  return (
    existsSync(target) || namesIn(dirname(target)).some((one) => one.startsWith(name) && /\.(?:py|pyc|so)$/.test(one))
  );
}

function targetsIn(file: string): string[] {
  if (/\.(?:pth|egg-link)$/.test(file)) return readText(file).split(/\r?\n/).filter(isPath);
  if (/\/__editable___[^/]*_finder\.py$/.test(file)) return finderTargets(readText(file));
  return basename(file) === 'direct_url.json' ? directTarget(readText(file)) : [];
}

/** `MAPPING = {'ours': '/project/ours'}`, and lists of paths in NAMESPACES. Only paths begin with a slash there. */
function finderTargets(text: string): string[] {
  const tables = text.match(/^(?:MAPPING|NAMESPACES)\b.*$/gm) ?? [];
  return tables.flatMap((table) => [...table.matchAll(/(['"])(\/[^'"\\]*)\1/g)].map(([, , target = '']) => target));
}

/** Reads direct_url.json (PEP 610). A package that was copied from a folder no longer needs that folder. */
function directTarget(text: string): string[] {
  try {
    const { url, dir_info: info } = JSON.parse(text) as { url?: unknown; dir_info?: { editable?: unknown } };
    return info?.editable === true && typeof url === 'string' && url.startsWith('file:') ? [fileURLToPath(url)] : [];
  } catch {
    return [];
  }
}

function isPath(line: string): boolean {
  return line.startsWith('/');
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/** The text of a file; empty if it cannot be read. */
export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
