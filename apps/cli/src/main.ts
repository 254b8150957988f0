import { recallCompiled } from './compiled.ts';

// Nothing else: what a call needs belongs into dist/chunks. No top-level await, which CommonJS does not have.
const keepCompiled = recallCompiled(import.meta.dirname, process.argv[2]);
Promise.all([import('./cli.ts'), import('./world.ts')])
  .then(([{ cli }, { worldOf }]) => cli(worldOf(process)))
  .then(({ status, answered }) => {
    if (answered) keepCompiled();
    // All is written by now. To take its heap apart costs Node 2 ms and nobody gains by it, and what a check may have left behind
    // (a name that is still looked up, a disk that does not answer) would keep it from ending.
    process.exit(status);
  });
