import type { Check } from '../check.ts';
import { command } from '../checks/command.ts';
import { directory } from '../checks/directory.ts';
import { disk } from '../checks/disk.ts';
import { env } from '../checks/env.ts';
import { file } from '../checks/file.ts';
import { http } from '../checks/http.ts';
import { line } from '../checks/line.ts';
import { port } from '../checks/port.ts';
import { run } from '../checks/run.ts';
import { tcp } from '../checks/tcp.ts';
import { writable } from '../checks/writable.ts';
import { gitLfs } from '../git/git-lfs.ts';
import { gitSubmodules } from '../git/git-submodules.ts';
import { pythonPackages } from '../installed/python-packages.ts';
import { nativeAddons } from '../node/native/native-addons.ts';
import { nodeModules } from '../node/node-modules.ts';
import { condaEnv } from '../python/conda-env.ts';
import { pipInterpreter } from '../python/pip-interpreter.ts';
import { pythonModule } from '../python/python-module.ts';
import { pythonVersion } from '../python/python-version.ts';
import { shebang } from '../python/shebang.ts';
import { venvMoved } from '../python/venv-moved.ts';
import { venvScripts } from '../python/venv-scripts.ts';

/**
 * Every check that comes with pm, in the order of its documentation. A new check needs a file, a line here, and a section in
 * docs/reference/checks.md; a test compares that page with this list.
 */
export const BUILT_IN: readonly Check<unknown>[] = [
  command,
  http,
  tcp,
  line,
  env,
  file,
  directory,
  writable,
  disk,
  port,
  run,
  shebang,
  venvScripts,
  venvMoved,
  pythonVersion,
  pythonPackages,
  pythonModule,
  pipInterpreter,
  condaEnv,
  nodeModules,
  nativeAddons,
  gitSubmodules,
  gitLfs,
];
