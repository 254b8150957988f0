import { cli } from './cli.ts';

// Nothing but this: everything else belongs into dist/chunks. No top-level await, which CommonJS does not have.
cli(process).then(({ status, left }) => {
  process.exitCode = status;
  if (left) process.exit();
});
