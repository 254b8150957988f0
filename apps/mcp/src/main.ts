import { pmMcp } from './pm-mcp.ts';

// Nothing else here: all other code has to be in dist/chunks. No top-level await, because CommonJS does not have it.
process.on('SIGUSR1', () => {}); // without a listener Node would open its debugger
pmMcp(process);
