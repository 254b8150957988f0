import * as z from 'zod/mini';

/**
 * Describes a field: the text is its help, and its description in a tool's schema.
 * It is put into zod's registry. `.check(z.describe(…))` would build every schema twice.
 */
export function describe<Schema extends z.ZodMiniType>(description: string, schema: Schema): Schema {
  z.globalRegistry.add(schema, { description });
  return schema;
}

/** The description of a schema, or undefined if it has none. */
export function descriptionOf(schema: object): string | undefined {
  return z.globalRegistry.get(schema as z.ZodMiniType)?.description;
}
