import { inside, type Schema } from '../parse/schema.ts';

/** Reads what is said of one schema; from the operations, which own the words. */
export type Describe = (schema: Schema) => string | undefined;

/** What an operation says of one of its fields: at its outermost schema or further in, an array's elements included. */
export function descriptionOf(schema: Schema, describe: Describe): string {
  const described = describe(schema);
  if (described !== undefined) return described;
  const inner = inside(schema) ?? schema._zod.def.element;
  return inner === undefined ? '' : descriptionOf(inner, describe);
}
