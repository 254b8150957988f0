import { useCompileCache } from './process/compile-cache.ts';

// Nothing else here: all other code has to be in dist/chunks. No top-level await, because CommonJS does not have it.
process.on('SIGUSR1', () => {}); // without a listener Node would open its debugger
const saveCompileCache = useCompileCache(import.meta.dirname, process.argv[2]);
Promise.all([import('./cli.ts'), import('./process/cli-process.ts')])
  .then(([{ cli }, { cliProcessOf }]) => cli(cliProcessOf(process)))
  .then(({ exitCode, hasUnfinishedWork, answered }) => {
    process.exitCode = exitCode;
    if (answered) saveCompileCache();
    if (hasUnfinishedWork) process.exit();
    // Work such as a move into a cgroup or a kill is done before `beforeExit`. Exiting here saves the 2 ms that Node takes to free its heap.
    process.once('beforeExit', () => process.exit());
  })
  .catch((error: unknown) => {
    // The files of this program cannot be read: too few file handles (ulimit -n), or an installation that is being replaced.
    console.error(`pm: ${error instanceof Error ? error.message : error}\npm: next: call again; see ulimit -n`);
    process.exit(125);
  });
