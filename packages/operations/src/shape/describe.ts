import * as z from 'zod/mini';

/**
 * Describes a field: the text is its help, and its description in a tool's schema.
 * It is put into zod's registry. `.check(z.describe(…))` would build every schema twice.
 * @throws if the schema has a description: that of another verb would change as well, as soon as this module is loaded
 */
export function describe<Schema extends z.ZodMiniType>(description: string, schema: Schema): Schema {
  const known = descriptionOf(schema);
  if (known !== undefined) throw new Error(`a schema is described twice: "${known}" and "${description}"`);
  z.globalRegistry.add(schema, { description });
  return schema;
}

/** The description of a schema, or undefined if it has none. */
export function descriptionOf(schema: object): string | undefined {
  return z.globalRegistry.get(schema as z.ZodMiniType)?.description;
}
