import { operations } from '@pm/operations';
import * as z from 'zod/mini';
import { inToolTerms } from '../src/tools/to-tool-calls.ts';
import { TOOLS, type Tool, type Variant } from '../src/tools/tools.ts';

interface Wishes {
  readonly without: readonly string[];
  readonly needs: readonly string[];
  readonly rare: readonly string[];
  readonly variants: Readonly<Record<string, Variant>>;
  readonly name: string;
}

type JsonSchema = Record<string, unknown> & { properties?: Record<string, JsonSchema> };

/** The answer to `tools/list`, made from the operations. `src/tools/tool-list.json` is a copy of it, and that copy is served. */
export async function deriveToolList(): Promise<object[]> {
  return Promise.all(Object.entries(TOOLS).map(([name, tool]) => derive(name, tool)));
}

async function derive(
  name: string,
  { operation, effects, without = [], needs = [], rare = [], variants = {}, says }: Tool,
): Promise<object> {
  const { summary, input } = await operations[operation]();
  return {
    name,
    description: says ?? inToolTerms(firstSentence(summary)),
    inputSchema: inputSchema(z.toJSONSchema(input, { io: 'input' }) as JsonSchema, {
      without,
      needs,
      rare,
      variants,
      name,
    }),
    annotations: effects,
  };
}

function firstSentence(text: string): string {
  return /^.*?\.(?= |$)/.exec(text)?.[0] ?? text;
}

function inputSchema(schema: JsonSchema, { without, needs, rare, variants, name: tool }: Wishes): JsonSchema {
  const { $schema: _, additionalProperties: __, properties = {}, required, ...rest } = schema;
  const selecting = Object.entries(variants).map(
    ([field, variant]) => [field, selectingField(field, variant)] as const,
  );
  const own = Object.entries(properties).filter(([field]) => !without.includes(field));
  const fields = [...own, ...selecting];
  const usual = fields.filter(([field]) => !rare.includes(field));
  const options = fields
    .filter(([field]) => rare.includes(field))
    .map(([field, { type, enum: words, items, anyOf }]) => [
      field,
      {
        type: type ?? 'string',
        enum: words ?? wordsIn(anyOf),
        ...(items !== undefined && { items: { type: (items as JsonSchema)['type'] } }),
      },
    ]);
  return {
    ...rest,
    ...(required !== undefined && selecting.length === 0 && { required }),
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
  'Services: ensure (use it or start it, until ready), up (all), ready (tcp:3000, http:URL, line:TEXT), port, adopt (a pid). Also queues, steps before, hangs, restarts. Times: 30s; logCap: 64MiB.';

/** What a field that selects another operation does, where it is not in `options`. */
const SELECTING: Readonly<Record<string, string>> = {
  port: 'Or the holder of this port.',
  all: 'Or everything of this directory.',
};

function selectingField(field: string, { value }: Variant): JsonSchema {
  return { type: value === undefined ? 'boolean' : 'integer', description: SELECTING[field] };
}

/** The words of a field that takes true or a word: of the two, only the word makes sense without a terminal. */
function wordsIn(anyOf: unknown): unknown {
  return (anyOf as JsonSchema[] | undefined)?.find(({ enum: words }) => words !== undefined)?.['enum'];
}

/** The most bytes that `read_logs` returns. The operation allows more. */
const MOST_BYTES = 32_768;

/** Fields that are the same for every tool: the first one describes them. */
const TOLD_ONCE = ['dir', 'budget'];

/** What the field of one step says. */
const ONE_STEP = 'A step; train~1 is its previous run.';

/** Tools for live runs, or for all runs of a step: a previous run is of no use to them. */
const OF_STEPS = ['extend_run', 'stop_run', 'ls_runs'];

/**
 * The schema of a field, as short as possible. Patterns, lengths and ranges are left out: the operation checks them, and its message is
 * better than a client's.
 */
function fieldSchema(tool: string, name: string, { type, enum: words, items, description }: JsonSchema): JsonSchema {
  const isOfStep = description === ONE_STEP && OF_STEPS.includes(tool);
  const isTold = !isOfStep && (!TOLD_ONCE.includes(name) || tool === 'start_run');
  return {
    type: name === 'cursor' ? 'string' : type,
    enum: words,
    ...(items !== undefined && { items: fieldSchema(tool, 'items', items as JsonSchema) }),
    ...(typeof description === 'string' &&
      isTold && {
        description: inToolTerms(description)
          .replace('1048576', `${MOST_BYTES}`)
          .replace(' A signal ends only the wait.', '')
          // The errors for an unknown check and an unknown condition name all of them.
          .replace(/ shebang:FILE, .* native-addons,/, '')
          .replace(/, separated by commas: quiet, .*\.$/, ': quiet,suspended,…')
          .replace(/^trip, reset, hold: why\. .*$/, 'Why.'),
      }),
  };
}
