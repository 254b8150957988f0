import * as z from 'zod/mini';
import { text, v } from './fields.ts';

/** A record of the registry: a sentinel directory that this user has started runs in. */
export const DirectoryRecord = z.looseObject({
  v,
  /** Its absolute path. */
  dir: text,
});
export type DirectoryRecord = z.infer<typeof DirectoryRecord>;
