import { recallCompiled } from './compiled.ts';

// Nothing else: what a call needs belongs into dist/chunks. No top-level await, which CommonJS does not have.
const keepCompiled = recallCompiled(import.meta.dirname, process.argv[2]);
Promise.all([import('./cli.ts'), import('./world.ts')])
  .then(([{ cli }, { worldOf }]) => cli(worldOf(process)))
  .then(({ status, left, answered }) => {
    process.exitCode = status;
    if (answered) keepCompiled();
    if (left) process.exit();
  });
