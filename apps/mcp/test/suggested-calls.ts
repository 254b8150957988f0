import * as z from 'zod';
import list from '../src/tools/tool-list.json' with { type: 'json' };

/** A call that a result suggests. */
export interface SuggestedCall {
  readonly tool: string;
  readonly arguments: Record<string, unknown>;
}

const schemas = new Map<string, z.ZodType>(
  list.tools.map(({ name, inputSchema }) => [
    name,
    z.fromJSONSchema({ ...inputSchema, additionalProperties: false } as never),
  ]),
);

/** The calls of anything that a server sends: `next` of structured content, at any depth, and the lines `next: tool {…}` of a text. */
export function suggestedIn(value: unknown): SuggestedCall[] {
  if (Array.isArray(value)) return value.flatMap(suggestedIn);
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([field, inner]) => {
    if (field === 'next' && Array.isArray(inner)) return inner as SuggestedCall[];
    return field === 'text' && typeof inner === 'string' ? callsInLines(inner) : suggestedIn(inner);
  });
}

/** Why suggested calls cannot be made: there is no such tool, or its input schema does not accept the arguments */
export function faultsOfResult(value: unknown): string[] {
  return suggestedIn(value).flatMap(({ tool, arguments: input }) => {
    const schema = schemas.get(tool);
    const problem = schema === undefined ? 'no such tool' : schema.safeParse(input).error?.issues[0]?.message;
    return problem === undefined ? [] : [`${tool} ${JSON.stringify(input)}: ${problem}`];
  });
}

function callsInLines(text: string): SuggestedCall[] {
  return [...text.matchAll(/^next: ([a-z_]+) (\{.*?\})(?: \(.*\))?$/gm)].map(([, tool = '', input = '']) => ({
    tool,
    arguments: JSON.parse(input),
  }));
}
