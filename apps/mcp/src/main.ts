import { answerFirst } from './serve/answer-first.ts';
import type { RequestId } from './serve/opening.ts';

// Nothing else here: all other code has to be in dist/chunks. No top-level await, because CommonJS does not have it.
process.on('SIGUSR1', () => {}); // without a listener Node would open its debugger
const serve = (answered?: RequestId): void => void import('./pm-mcp.ts').then(({ pmMcp }) => pmMcp(process, answered));
if (process.argv.length > 2) serve();
else answerFirst(process, serve);
