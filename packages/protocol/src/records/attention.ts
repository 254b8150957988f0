import * as z from 'zod/mini';
import { ATTENTIONS } from '../outcome.ts';
import { v } from './fields.ts';

/** `attention`: the current troubles of a run that were reported already. A trouble that has passed is removed. */
export const AttentionRecord = z.looseObject({ v, told: z.array(z.enum(ATTENTIONS)) });
export type AttentionRecord = z.infer<typeof AttentionRecord>;
