// Repairs a Python virtual environment whose folder was moved, renamed or copied, offline and without reinstalling anything.
// In its scripts, activate files and editable installs (.pth files, the finders of setuptools, direct_url.json), the old place is
// replaced by the present one. `node mend-venv.mjs <venv> [<old folder> <new folder>]…`: the pairs are projects that are installed in
// place, and were renamed by themselves.
// It changes only files that point elsewhere, and each file completely or not at all, so it can be run again. Exit 0: all is repaired.
// Exit 1: some files were not repaired. Exit 2: it cannot be repaired.
// Why: contributing/decisions/2026-11-24-mending-a-moved-venv.md
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { homesIn, interpreterOf, quotedFor, withHome } from './shell-words.mjs';

const [given = '', ...renamed] = process.argv.slice(2);
const venv = resolve(given);
const bin = join(venv, 'bin');
const BESIDE = /\.mending-\d+$/;
const PYTHON = /^(?:python|pypy)[\d.]*t?$/;

if (given === '' || !existsSync(join(venv, 'pyvenv.cfg')))
  give(`${given || '(nothing)'} is not a virtual environment: it has no pyvenv.cfg`);
if (!existsSync(join(bin, 'python')) && !existsSync(join(bin, 'python3')))
  give(`${bin} has no Python that works: create the environment again`);

const left = [];
let mended = 0;
const formerHomes = new Set(bornAs());
const plans = filesIn(bin).map((file) => {
  const text = readFileSync(file, 'latin1'); // so that bytes are not changed
  if (text.startsWith('#!')) return { file, text, mendedText: withoutOldShebang(text, file) };
  return /^activate(?:\.(?:csh|fish|nu|xsh))?$/.test(basename(file))
    ? activation(file)
    : { file, text, mendedText: text };
});
// The editable installs come first. They need to know the old place, which is read from the other files if we are ended half-way.
for (const { file, mend } of inPlace()) {
  const text = readFileSync(file, 'utf8');
  if (rewrite(file, text, mend(text), 'utf8')) forgetCompiled(file);
}
for (const { file, text, mendedText, encoding } of plans) rewrite(file, text, mendedText, encoding);
for (const what of left) console.log(`not repaired: ${what}`);
console.log(`${mended} repaired, ${left.length} not repaired`);
process.exitCode = left.length === 0 ? 0 : 1;

function give(why) {
  console.error(why);
  process.exit(2);
}

/** The files of a folder, without the temporary files of another run of this program. Old ones are deleted. */
function filesIn(folder) {
  const files = readdirSync(folder).map((name) => join(folder, name));
  for (const file of files.filter((one) => BESIDE.test(one))) {
    const found = lstatSync(file, { throwIfNoEntry: false });
    if (found !== undefined && Date.now() - found.mtimeMs > 60_000) rmSync(file, { force: true });
  }
  return files.filter((file) => {
    const found = BESIDE.test(file) ? undefined : lstatSync(file, { throwIfNoEntry: false });
    return found?.isFile() === true && found.size < 1_000_000;
  });
}

/** `#!/old/.venv/bin/python3 -E`, or the form by /bin/sh that installers use for long paths and paths with spaces. */
function withoutOldShebang(text, file) {
  const [first, kernel, args = ''] = /^#![ \t]*([^ \t\n]+)([ \t][^\n]*)?\n/.exec(text) ?? [];
  if (first === undefined) return text;
  const [, second] = /^([^\n]*)\n' '''\n/.exec(text.slice(first.length)) ?? [];
  const byShell = second === undefined ? undefined : interpreterOf(second);
  const head = byShell === undefined ? first : `${first}${second}\n' '''\n`;
  const old = Buffer.from(byShell ?? kernel, 'latin1').toString('utf8');
  if (!isElsewhere(old)) return text;
  const python = pythonLike(basename(old));
  const body = text.slice(head.length);
  const options = byShell === undefined ? args : '';
  const isPlain = !/\s/.test(python) && Buffer.byteLength(`#!${python}${options}`) <= 127; // every kernel reads that much
  if (!isPlain && options.trim() !== '') {
    left.push(`${file}: its #! line has options, and the new path is too long or has a space`);
    return text;
  }
  if (/[\\\n]/.test(python)) {
    left.push(`${file}: the new path has characters that a #! line cannot contain`);
    return text;
  }
  formerHomes.add(dirname(dirname(old)));
  const bytes = (path) => Buffer.from(path).toString('latin1');
  return isPlain
    ? `#!${bytes(python)}${options}\n${body}`
    : `#!/bin/sh\n'''exec' ${bytes(quotedFor('sh', python))} "$0" "$@"\n' '''\n${body}`;
}

/** Whether this is the Python of another virtual environment, which may not exist any more. A Python of the system is not. */
function isElsewhere(python) {
  if (!python.startsWith('/') || !PYTHON.test(basename(python)) || basename(dirname(python)) !== 'bin') return false;
  const home = dirname(dirname(python));
  if (existsSync(home) && realpathSync(home) === realpathSync(venv)) return !existsSync(python);
  return existsSync(join(home, 'pyvenv.cfg')) || !existsSync(home);
}

function pythonLike(name) {
  const found = [name, 'python3', 'python'].find((one) => existsSync(join(bin, one)));
  return join(bin, found);
}

/** An activate file. Besides VIRTUAL_ENV, virtualenv writes the folder in several other places of it. */
function activation(file) {
  const text = readFileSync(file, 'utf8');
  const others = homesIn(text).filter((home) => !existsSync(home) || realpathSync(home) !== realpathSync(venv));
  for (const home of others) formerHomes.add(home);
  if (others.length > 0 && /[\\\n]/.test(venv)) {
    left.push(`${file}: the new path has characters that a shell cannot read between quotes`);
    return { file, text, mendedText: text, encoding: 'utf8' };
  }
  const from = basename(file) === 'activate.xsh' ? [...formerHomes] : others; // it has no line that declares the folder
  const mendedText = from.reduce((all, old) => withHome(all, basename(file), old, venv), text);
  return { file, text, mendedText, encoding: 'utf8' };
}

/** Where `python -m venv` created it. Python 3.11 and later write that down, so it is known even if all scripts were repaired before. */
function bornAs() {
  const [, home] =
    /^command *=.* -m venv (?:--?[^ ]+ )*(\/.*?)\s*$/m.exec(readFileSync(join(venv, 'pyvenv.cfg'), 'utf8')) ?? [];
  return home === undefined || home === venv ? [] : [home];
}

/** The files of editable installs, and how to repair each. */
function inPlace() {
  const lib = join(venv, 'lib');
  const sites = existsSync(lib) ? readdirSync(lib).map((name) => join(lib, name, 'site-packages')) : [];
  return sites.filter(existsSync).flatMap((site) => {
    const infos = readdirSync(site).filter((name) => name.endsWith('.dist-info'));
    const files = [site, ...infos.map((name) => join(site, name))].flatMap(filesIn);
    return files.flatMap((file) => {
      if (/\.(?:pth|egg-link)$/.test(file)) return [{ file, mend: withoutOldLines }];
      if (/^__editable___.*_finder\.py$/.test(basename(file))) return [{ file, mend: withoutOldMapping }];
      return basename(file) === 'direct_url.json' ? [{ file, mend: withoutOldUrl }] : [];
    });
  });
}

function withoutOldLines(text) {
  return text.replace(/^\/.*$/gm, nowOf);
}

/** `MAPPING = {'ours': '/old/ours'}` and NAMESPACES, as setuptools writes them. */
function withoutOldMapping(text) {
  return text.replace(/^(?:MAPPING|NAMESPACES)\b.*$/gm, (table) =>
    table.replace(/(['"])(\/[^'"\\]*)\1/g, (written, _, place) => {
      const now = nowOf(place);
      return now === place ? written : `'${now.replace(/['\\]/g, '\\$&')}'`;
    }),
  );
}

function withoutOldUrl(text) {
  try {
    const said = JSON.parse(text);
    if (said.dir_info?.editable !== true || !said.url.startsWith('file:')) return text;
    const place = fileURLToPath(said.url);
    const now = nowOf(place);
    return now === place ? text : JSON.stringify({ ...said, url: pathToFileURL(now).href });
  } catch {
    return text; // pip writes it differently
  }
}

/**
 * The present place of a path that no longer exists: seen from the project, it is where it was seen from the old folder of the project.
 * So a folder beside the project is found as well, if both were in a folder that was renamed. Otherwise the path itself.
 */
function nowOf(place) {
  if (isThere(place)) return place;
  const now = [
    ...renamed.flatMap((old, i) =>
      i % 2 === 0 && isIn(old, place) ? [`${renamed[i + 1]}${place.slice(old.length)}`] : [],
    ),
    ...[...formerHomes].map((home) => resolve(dirname(venv), relative(dirname(home), place))),
  ];
  return now.find(isThere) ?? place;
}

function isIn(folder, place) {
  return `${place}/`.startsWith(`${folder}/`);
}

/** setuptools names a module without its extension: `/project/one` means `/project/one.py`. */
function isThere(place) {
  const folder = dirname(place);
  const siblings = existsSync(folder) ? readdirSync(folder) : [];
  const name = `${basename(place)}.`;
  return existsSync(place) || siblings.some((one) => one.startsWith(name) && /\.(?:py|pyc|so)$/.test(one));
}

/** Deletes compiled files: Python compares size and mtime in seconds of the source, and both may be unchanged. */
function forgetCompiled(file) {
  const folder = join(dirname(file), '__pycache__');
  if (!file.endsWith('.py') || !existsSync(folder)) return;
  for (const name of readdirSync(folder))
    if (name.startsWith(`${basename(file, '.py')}.`)) rmSync(join(folder, name), { force: true });
}

/** Replaces a file in one step, so that a kill leaves the old one or the new one. Returns true if it was replaced. */
function rewrite(file, before, after, encoding = 'latin1') {
  if (after === before) return false;
  const beside = `${file}.mending-${process.pid}`;
  try {
    writeFileSync(beside, after, { encoding, flag: 'wx' });
    const { mode, uid, gid } = statSync(file);
    if (uid !== process.getuid()) chownSync(beside, uid, gid); // root repairs the files of another user
    chmodSync(beside, mode & 0o7777);
    renameSync(beside, file);
    mended += 1;
    return true;
  } catch (error) {
    rmSync(beside, { force: true });
    left.push(`${file}: ${error.message}`);
    return false;
  }
}
