import * as z from 'zod/mini';

/** What the description of one schema says, or undefined. Frontends show it as help or as a tool's schema does. */
export function descriptionOf(schema: object): string | undefined {
  return z.globalRegistry.get(schema as z.ZodMiniType)?.description;
}
