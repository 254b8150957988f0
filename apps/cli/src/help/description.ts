import { inside, type Schema } from '../schema.ts';

/** What an operation says of one of its fields: at its outermost schema or further in, an array's elements included. */
export function descriptionOf(schema: Schema): string {
  const described = registry()?.get(schema)?.description;
  if (described !== undefined) return described;
  const inner = inside(schema) ?? schema._zod.def.element;
  return inner === undefined ? '' : descriptionOf(inner);
}

interface Registry {
  readonly get: (schema: Schema) => { readonly description?: string } | undefined;
}

/** zod's own registry, which it shares between its copies through the global object. */
function registry(): Registry | undefined {
  return (globalThis as { __zod_globalRegistry?: Registry }).__zod_globalRegistry;
}
