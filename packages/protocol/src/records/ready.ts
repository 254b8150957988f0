import * as z from 'zod/mini';
import { instant, text, v } from './fields.ts';

/**
 * `ready`, or `ready.2` of the second attempt: all checks of its readiness have passed, and when that was seen. Created once, by whoever saw
 * it first. `unready` has the same form, and says what stood in the way at last.
 */
export const ReadyRecord = z.looseObject({ v, at: instant, evidence: text });
export type ReadyRecord = z.infer<typeof ReadyRecord>;
