import { dirname, resolve } from 'node:path';
import { type MarkerEnvironment, normalizedName, type WantedPackage } from './installed-package.ts';
import { evaluateMarker } from './marker.ts';
import { sourceRequirement } from './source-requirement.ts';

/** What a list of requirements names. */
export interface RequirementsText {
  readonly packages: readonly WantedPackage[];
  /** Every package has one exact version. */
  readonly isPinned: boolean;
}

/** One requirement as people write it (PEP 508): `flask[async]>=3,<4 ; python_version >= "3.9"`. */
const REQUIREMENT =
  /^([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*(?:@\s*\S+|\(?\s*((?:(?:===?|~=|!=|[<>]=?)\s*[^\s,;()]+\s*,?\s*)*)\)?)\s*(?:;\s*(.*))?$/;

/**
 * The packages of a requirements.txt, and of the files that it includes with `-r`, for this interpreter. A file after `-c` narrows the
 * versions and adds no package. Of a folder or an archive (`-e ../lib`, `./x-1.0-py3-none-any.whl`) the name counts if it can be told; options
 * and hashes are left out. Pure but for `read`.
 * @param read the text of a file; undefined if it cannot be read
 * @returns undefined if the file cannot be read
 */
export function wantedByRequirements(
  file: string,
  environment: MarkerEnvironment,
  read: (file: string) => string | undefined,
): RequirementsText | undefined {
  if (read(file) === undefined) return undefined;
  const lists = listsFrom(file, read);
  const wanted = lists.flatMap(({ lines, folder, isConstraint }) =>
    lines.flatMap((line) => {
      const source = sourceRequirement(line, folder, environment, read);
      const one = source ?? requirementOf(line, environment);
      return one === undefined ? [] : [{ ...one, isConstraint, isSource: source !== undefined }];
    }),
  );
  const names = [...new Set(wanted.filter(({ isConstraint }) => !isConstraint).map(({ name }) => name))];
  const packages = names.map((name) => {
    const ranges = wanted.flatMap((one) => (one.name === name && one.range !== undefined ? [one.range] : []));
    return { name, ...(ranges.length > 0 && { range: ranges.join(',') }) };
  });
  const sources = new Set(wanted.flatMap(({ name, isSource }) => (isSource ? [name] : [])));
  const isPinned = packages.every(({ name, range = '' }) => sources.has(name) || /^===?[^*]*$/.test(range));
  return { packages, isPinned };
}

/** One requirement; undefined if it is none, or not for this interpreter. */
export function requirementOf(line: string, environment: MarkerEnvironment): WantedPackage | undefined {
  const [, name, range = '', marker] = REQUIREMENT.exec(line) ?? [];
  if (name === undefined || /\.(?:whl|zip|gz|tgz|bz2)$/.test(name)) return undefined; // a file
  if (marker !== undefined && evaluateMarker(marker, environment) !== true) return undefined;
  const plain = range.replace(/\s+/g, '').replace(/,$/, '');
  return { name: normalizedName(name), ...(plain !== '' && { range: plain }) };
}

interface List {
  readonly lines: readonly string[];
  readonly folder: string;
  readonly isConstraint: boolean;
}

/** A file and all that it includes, each once. */
function listsFrom(first: string, read: (file: string) => string | undefined): List[] {
  const files = new Map([[first, false]]);
  const lists: List[] = [];
  for (const [file, isConstraint] of files) {
    const lines = linesOf(read(file) ?? '');
    lists.push({ lines: lines.filter((line) => !/^-(?!e|-editable)/.test(line)), folder: dirname(file), isConstraint });
    for (const line of lines) {
      const [, option = '', path] =
        /^(-r|--requirement|-c|--constraint)(?:\s*=\s*|\s+|(?=[^-\s]))(.+)$/.exec(line) ?? [];
      if (path === undefined || /^\w+:\/\//.test(path)) continue;
      const included = resolve(dirname(file), path.trim());
      if (!files.has(included)) files.set(included, isConstraint || /^--?c/.test(option));
    }
  }
  return lists;
}

/** Lines without comments, options of one requirement (`--hash=…`) and continuations. */
function linesOf(text: string): string[] {
  return text
    .replace(/^\ufeff/, '')
    .replace(/\\\r?\n/g, ' ')
    .split(/\r?\n/)
    .map((line) =>
      line
        .replace(/(?:^|\s)#.*$/, '')
        .replace(/(?<=\S)\s+--[a-z-]+[=\s].*$/, (options) => (line.trim().startsWith('-') ? options : ''))
        .trim(),
    )
    .filter((line) => line !== '');
}
