import { operations } from '@pm/operations';
import * as z from 'zod/mini';
import { inToolTerms } from '../src/tools/to-tool-calls.ts';
import { TOOLS, type Tool } from '../src/tools/tools.ts';

interface Wishes {
  readonly without: readonly string[];
  readonly needs: readonly string[];
  readonly rare: readonly string[];
  readonly name: string;
}

type JsonSchema = Record<string, unknown> & { properties?: Record<string, JsonSchema> };

/** The answer to `tools/list`, made from the operations. `src/tools/tool-list.json` is a copy of it, and that copy is served. */
export async function deriveToolList(): Promise<object[]> {
  return Promise.all(Object.entries(TOOLS).map(([name, tool]) => derive(name, tool)));
}

async function derive(
  name: string,
  { operation, effects, without = [], needs = [], rare = [], says }: Tool,
): Promise<object> {
  const { summary, input } = await operations[operation]();
  return {
    name,
    description: says ?? inToolTerms(firstSentence(summary)),
    inputSchema: inputSchema(z.toJSONSchema(input, { io: 'input' }) as JsonSchema, { without, needs, rare, name }),
    annotations: effects,
  };
}

function firstSentence(text: string): string {
  return /^.*?\.(?= |$)/.exec(text)?.[0] ?? text;
}

function inputSchema(schema: JsonSchema, { without, needs, rare, name: tool }: Wishes): JsonSchema {
  const { $schema: _, additionalProperties: __, properties = {}, ...rest } = schema;
  const fields = Object.entries(properties).filter(([field]) => !without.includes(field));
  const usual = fields.filter(([field]) => !rare.includes(field));
  const options = fields
    .filter(([field]) => rare.includes(field))
    .map(([field, { type, enum: words, items }]) => [
      field,
      { type, enum: words, ...(items !== undefined && { items: { type: (items as JsonSchema)['type'] } }) },
    ]);
  return {
    ...rest,
    ...(needs.length > 0 && { required: needs }),
    properties: {
      ...Object.fromEntries(usual.map(([name, field]) => [name, fieldSchema(tool, name, field)])),
      ...(options.length > 0 && {
        options: { type: 'object', properties: Object.fromEntries(options), description: RARELY },
      }),
    },
  };
}

const RARELY =
  'Rare: readiness (tcp:3000, http:URL, line:TEXT), a queue, steps before, hangs, restarts. Times: 30s; logCap: 64MiB.';

/** The most bytes that `read_logs` returns. The operation allows more. */
const MOST_BYTES = 32_768;

/** Fields that are the same for every tool: the first one describes them. */
const TOLD_ONCE = ['dir', 'budget'];

/**
 * The schema of a field, as short as possible. Patterns, lengths and ranges are left out: the operation checks them, and its message is
 * better than a client's.
 */
function fieldSchema(tool: string, name: string, { type, enum: words, items, description }: JsonSchema): JsonSchema {
  const isTold = !TOLD_ONCE.includes(name) || tool === 'start_run';
  return {
    type: name === 'cursor' ? 'string' : type,
    enum: words,
    ...(items !== undefined && { items: fieldSchema(tool, 'items', items as JsonSchema) }),
    ...(typeof description === 'string' &&
      isTold && {
        description: inToolTerms(description)
          .replace('1048576', `${MOST_BYTES}`)
          .replace(' A signal ends only the wait.', ''),
      }),
  };
}
