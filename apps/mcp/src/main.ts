import { pmMcp } from './pm-mcp.ts';

// Nothing but this: everything else belongs into dist/chunks. No top-level await, which CommonJS does not have.
pmMcp(process);
