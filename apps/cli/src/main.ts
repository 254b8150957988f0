import { useCompileCache } from './process/compile-cache.ts';

// Nothing else: what a call needs belongs into dist/chunks. No top-level await, which CommonJS does not have.
const saveCompileCache = useCompileCache(import.meta.dirname, process.argv[2]);
Promise.all([import('./cli.ts'), import('./process/cli-process.ts')])
  .then(([{ cli }, { cliProcessOf }]) => cli(cliProcessOf(process)))
  .then(({ status, left, answered }) => {
    process.exitCode = status;
    if (answered) saveCompileCache();
    if (left) process.exit();
    // Nothing is left to do by then: a move into a cgroup, a kill that goes on. Node would now take its heap apart, for 2 ms that nobody has use for.
    process.once('beforeExit', () => process.exit());
  });
