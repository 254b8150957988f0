import * as z from 'zod/mini';

/** Says what a field is, for help pages and tool schemas. Registered, not `.check(z.describe())`: that would build every schema twice. */
export function says<Schema extends z.ZodMiniType>(description: string, schema: Schema): Schema {
  z.globalRegistry.add(schema, { description });
  return schema;
}
