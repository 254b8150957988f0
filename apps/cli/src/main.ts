import { recallCompiled } from './compiled.ts';

const keepCompiled = recallCompiled(import.meta.dirname, process.argv[2]);

// Nothing but this: everything else belongs into dist/chunks. No top-level await, which CommonJS does not have.
Promise.all([import('./cli.ts'), import('./world.ts')])
  .then(([{ cli }, { worldOf }]) => cli(worldOf(process)))
  .then(({ status, left }) => {
    process.exitCode = status;
    if (status !== 125) keepCompiled(); // a refusal has not been far
    if (left) process.exit();
  });
