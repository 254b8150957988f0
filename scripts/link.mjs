// `npm run link [-- <folder>] [-- --remove]`: puts `pm` and `pm-mcp` of this clone on the PATH, as links to what was built.
// The folder is $XDG_BIN_HOME or ~/.local/bin unless one is named. It replaces only links into a clone of this project.
import { lstatSync, mkdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROGRAMS = { pm: '../apps/cli/dist/main.cjs', 'pm-mcp': '../apps/mcp/dist/main.cjs' };
const words = process.argv.slice(2);
const isRemoval = words.includes('--remove');
const [named] = words.filter((word) => !word.startsWith('-'));
const { INIT_CWD = '.', XDG_BIN_HOME } = process.env;
const folder = resolve(INIT_CWD, named ?? (XDG_BIN_HOME || join(homedir(), '.local/bin')));

const links = Object.entries(PROGRAMS).map(([name, path]) => ({
  path: join(folder, name),
  target: fileURLToPath(new URL(path, import.meta.url)),
}));
const taken = links.filter(({ path }) => !isFree(path));
const unknown = words.filter((word) => word.startsWith('-') && word !== '--remove');

if (unknown.length > 0) fail(`There is no option ${unknown.join(', ')}.`, 'npm run link -- [folder] [--remove]');
else if (taken.length > 0)
  fail(
    `${taken.map(({ path }) => path).join(' and ')} exists, and is no link to a clone of this project. Nothing was changed.`,
    `remove it, or name another folder: npm run link -- <folder>`,
  );
else {
  mkdirSync(folder, { recursive: true });
  for (const { path, target } of links) {
    rmSync(path, { force: true });
    if (!isRemoval) symlinkSync(target, path);
  }
  console.log(`${isRemoval ? 'removed' : 'linked'}: ${links.map(({ path }) => path).join(', ')}`);
  if (!isRemoval) sayHowToCall();
}

/** True if nothing is there, or a link that this script has made, in whichever clone. */
function isFree(path) {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return (
    found === undefined || (found.isSymbolicLink() && /\/apps\/(?:cli|mcp)\/dist\/main\.cjs$/.test(readlinkSync(path)))
  );
}

function sayHowToCall() {
  const folders = (process.env.PATH ?? '').split(delimiter).map((entry) => resolve(entry));
  if (folders.includes(folder)) return console.log('try it: pm doctor');
  const shell = basename(process.env.SHELL ?? 'sh');
  const file = { zsh: '~/.zshrc', bash: '~/.bashrc', fish: '~/.config/fish/config.fish' }[shell] ?? '~/.profile';
  console.log(`${folder} is not on your PATH. Add this line to ${file}, and open a new shell:`);
  console.log(
    shell === 'fish' ? `  fish_add_path ${quoted(folder, shell)}` : `  export PATH="${withHome(folder)}:$PATH"`,
  );
  console.log(`Until then: ${quoted(join(folder, 'pm'), shell)} doctor`);
}

/** A path for double quotes of sh, bash and zsh, with `$HOME` where it begins so. */
function withHome(path) {
  const isInHome = path.startsWith(`${homedir()}/`);
  const rest = isInHome ? path.slice(homedir().length) : path;
  return (isInHome ? '$HOME' : '') + rest.replace(/[\\"$`]/g, '\\$&');
}

/** A path as one word of a shell. Only fish has escapes in single quotes. */
function quoted(path, shell) {
  if (/^[\w./+-]+$/.test(path)) return path;
  return shell === 'fish' ? `'${path.replace(/[\\']/g, '\\$&')}'` : `'${path.replaceAll("'", "'\\''")}'`;
}

function fail(what, next) {
  console.error(what);
  console.error(`next: ${next}`);
  process.exitCode = 1;
}
