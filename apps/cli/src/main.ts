import { recallCompiled } from './process/compiled.ts';

// Nothing else: what a call needs belongs into dist/chunks. No top-level await, which CommonJS does not have.
const keepCompiled = recallCompiled(import.meta.dirname, process.argv[2]);
Promise.all([import('./cli.ts'), import('./process/world.ts')])
  .then(([{ cli }, { worldOf }]) => cli(worldOf(process)))
  .then(({ status, left, answered }) => {
    process.exitCode = status;
    if (answered) keepCompiled();
    if (left) process.exit();
    // Nothing is left to do by then: a move into a cgroup, a kill that goes on. Node would now take its heap apart, for 2 ms that nobody has use for.
    process.once('beforeExit', () => process.exit());
  });
