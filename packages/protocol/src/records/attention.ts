import * as z from 'zod/mini';
import { ATTENTIONS } from '../outcome.ts';
import { v } from './fields.ts';

/** `attention`: of which troubles that still last a waiter was told already; whoever sees one pass takes it off. */
export const AttentionRecord = z.looseObject({ v, told: z.array(z.enum(ATTENTIONS)) });
export type AttentionRecord = z.infer<typeof AttentionRecord>;
