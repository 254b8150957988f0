import type { Check } from './check.ts';
import { command } from './checks/command.ts';
import { directory } from './checks/directory.ts';
import { disk } from './checks/disk.ts';
import { env } from './checks/env.ts';
import { file } from './checks/file.ts';
import { http } from './checks/http.ts';
import { nodeModules } from './checks/node-modules.ts';
import { pipInterpreter } from './checks/pip-interpreter.ts';
import { port } from './checks/port.ts';
import { pythonModule } from './checks/python-module.ts';
import { pythonVersion } from './checks/python-version.ts';
import { shebang } from './checks/shebang.ts';
import { tcp } from './checks/tcp.ts';
import { venvMoved } from './checks/venv-moved.ts';
import { venvScripts } from './checks/venv-scripts.ts';
import { writable } from './checks/writable.ts';

/**
 * Every check that comes with pm, in the order in which they are documented. A new one is a file in `checks/`, a line here, and
 * its section in docs/reference/checks.md, which a test holds against this list.
 */
export const BUILT_IN: readonly Check<unknown>[] = [
  command,
  http,
  tcp,
  env,
  file,
  directory,
  writable,
  disk,
  port,
  shebang,
  venvScripts,
  venvMoved,
  pythonVersion,
  pythonModule,
  pipInterpreter,
  nodeModules,
];
