import { operations } from '@pm/operations';
import * as z from 'zod/mini';
import { inToolTerms } from '../src/tools/to-tool-calls.ts';
import { TOOLS, type Tool } from '../src/tools/tools.ts';

interface Wishes {
  readonly without: readonly string[];
  readonly needs: readonly string[];
  readonly name: string;
}

type JsonSchema = Record<string, unknown> & { properties?: Record<string, JsonSchema> };

/** The answer to `tools/list`, made from the operations. `src/tools/tool-list.json` is a copy of it, and that copy is served. */
export async function deriveToolList(): Promise<object[]> {
  return Promise.all(Object.entries(TOOLS).map(([name, tool]) => derive(name, tool)));
}

async function derive(
  name: string,
  { operation, effects, without = [], needs = [], answers, says }: Tool,
): Promise<object> {
  const { summary, input } = await operations[operation]();
  return {
    name,
    description: says ?? inToolTerms(firstSentence(summary)),
    inputSchema: inputSchema(z.toJSONSchema(input, { io: 'input' }) as JsonSchema, { without, needs, name }),
    ...(answers !== 'text' && { outputSchema: OUTPUTS[answers ?? 'one'] }),
    annotations: effects,
  };
}

function firstSentence(text: string): string {
  return /^.*?\.(?= |$)/.exec(text)?.[0] ?? text;
}

function inputSchema(schema: JsonSchema, { without, needs, name: tool }: Wishes): JsonSchema {
  const { $schema: _, additionalProperties: __, properties = {}, ...rest } = schema;
  const fields = Object.entries(properties).filter(([field]) => !without.includes(field));
  return {
    ...rest,
    ...(needs.length > 0 && { required: needs }),
    properties: Object.fromEntries(fields.map(([name, field]) => [name, fieldSchema(tool, name, field)])),
  };
}

/** The most bytes that `read_logs` returns. The operation allows more. */
const MOST_BYTES = 32_768;

/** The schema of a field, as short as possible. Patterns and lengths are left out: the operation checks them, and its message is better than a client's. */
function fieldSchema(
  tool: string,
  name: string,
  { pattern: _, maxLength: __, description, ...rest }: JsonSchema,
): JsonSchema {
  const isTold = name !== 'dir' || tool === 'start_run';
  return {
    ...rest,
    ...(name === 'cursor' && { type: 'string', minimum: undefined, maximum: undefined }),
    ...(name === 'maxBytes' && { maximum: MOST_BYTES }),
    ...(typeof description === 'string' &&
      isTold && { description: inToolTerms(description).replace('1048576', `${MOST_BYTES}`) }),
  };
}

const text = { type: 'string' };
const calls = { type: 'array', items: { type: 'object' } };
/** The fields that a client can rely on; any fact of a run may be there too. */
const RUN = {
  type: 'object',
  properties: { step: text, state: text, outcome: text, advice: text, next: calls },
};
const OUTPUTS = {
  one: RUN,
  list: { type: 'object', properties: { runs: calls, advice: text, next: calls } },
  findings: { type: 'object', properties: { findings: calls, advice: text, next: calls } },
};
