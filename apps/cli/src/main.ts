import { cli } from './cli.ts';

// Nothing but this: everything else belongs into dist/chunks.
const { status, left } = await cli(process);
process.exitCode = status;
if (left) process.exit();
