import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type MarkerEnvironment, normalizedName, type WantedPackage } from './installed-package.ts';
import { evaluateMarker } from './marker.ts';

const EDITABLE = /^(?:-e|--editable)(?:\s*=\s*|\s+|(?=[^-\s]))/;
/** `tiny_tool-1.0-py3-none-any.whl`, with its version; `tiny-tool-1.0.tar.gz` */
const WHEEL = /^([\w.]+)-(\d[^-]*)(?:-\d[^-]*)?-[^-]+-[^-]+-[^-]+\.whl$/;
const ARCHIVE = /^([A-Za-z0-9][\w.-]*?)-(\d[\w.+!]*)\.(?:tar\.gz|tgz|zip|tar\.bz2)$/;

/**
 * A line of a requirements.txt that names a place instead of a package: a folder, an archive, a repository, with or without `-e`. The name
 * is that of the archive, of `#egg=`, or of the project in the folder. Pure but for `read`.
 * @param folder the folder of the requirements.txt
 * @returns undefined if it is another line, is not for this interpreter, or its name cannot be told
 */
export function sourceRequirement(
  line: string,
  folder: string,
  environment: MarkerEnvironment,
  read: (file: string) => string | undefined,
): WantedPackage | undefined {
  const isEditable = EDITABLE.test(line);
  const [place = '', marker] = line.replace(EDITABLE, '').split(/\s+;\s*/);
  if (!isEditable && !/^(?:[\w+]+:\/\/|file:|\.|\/)|\//.test(place) && !/\.(?:whl|zip|gz|tgz|bz2)$/.test(place))
    return undefined;
  if (/^[\w.-]+(?:\[[^\]]*\])?\s*@/.test(place) && !isEditable) return undefined; // `name @ https://…`
  if (marker !== undefined && evaluateMarker(marker, environment) !== true) return undefined;
  const [, egg] = /#(?:.*&)?egg=([\w.-]+)/.exec(place) ?? [];
  if (egg !== undefined) return { name: normalizedName(egg) };
  const plain = place.replace(/[#?].*$/, '').replace(/\[[^\]]*\]$/, '');
  const file = basename(plain);
  const [, wheel, version] = WHEEL.exec(file) ?? [];
  if (wheel !== undefined) return { name: normalizedName(wheel), range: `==${version}` };
  const [, archive] = ARCHIVE.exec(file) ?? [];
  if (archive !== undefined) return { name: normalizedName(archive) };
  if (/^[\w+]+:/.test(plain) && !plain.startsWith('file:')) return undefined;
  const path = plain.startsWith('file://') ? fileURLToPath(plain) : resolve(folder, plain.replace(/^file:/, ''));
  const name = projectName(path, read);
  return name === undefined ? undefined : { name: normalizedName(name) };
}

/** The name of the project in a folder, if it is written there as a plain string. */
function projectName(folder: string, read: (file: string) => string | undefined): string | undefined {
  const [, table = ''] =
    /^\[(?:project|tool\.poetry)\][ \t]*(?:#.*)?$([\s\S]*?)(?=^\[|(?![\s\S]))/m.exec(
      read(join(folder, 'pyproject.toml')) ?? '',
    ) ?? [];
  const [, metadata = ''] =
    /^\[metadata\]([\s\S]*?)(?=^\[|(?![\s\S]))/m.exec(read(join(folder, 'setup.cfg')) ?? '') ?? [];
  const names = [
    /^name\s*=\s*["']([\w.-]+)["']/m.exec(table),
    /^name\s*=\s*([\w.-]+)\s*$/m.exec(metadata),
    /\bsetup\(\s*(?:[\s\S]*?\n\s*)?name\s*=\s*["']([\w.-]+)["']/.exec(read(join(folder, 'setup.py')) ?? ''),
  ];
  return names.find((one) => one !== null)?.[1];
}
