import { reside } from '@pm/operations/resident';
import { PROGRAM } from './version.ts';

// The resident monitor: `node resident.cjs DIR`, started by pm and leaving by itself. A signal only makes it leave sooner.
const [dir] = process.argv.slice(2);
const leaving = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => leaving.abort());
if (dir !== undefined) void reside(dir, { signal: leaving.signal, program: PROGRAM });
