import { kebab } from '../text/shell-words.ts';
import { inside, type Schema } from './schema.ts';

/** One field of an operation's input as a command-line option. */
export interface Flag {
  readonly field: string;
  /** Without the dashes. */
  readonly name: string;
  readonly kind: 'text' | 'number' | 'switch' | 'choice' | 'texts';
  /** The accepted values of a choice; of a switch, the words that may follow it. */
  readonly choices: readonly string[];
  readonly required: boolean;
  readonly schema: Schema;
}

/** The options for an operation's input, in the order of its fields. The input schema is the only list of options. */
export function flagsOf(input: Schema): Flag[] {
  const shape = input._zod.def.shape;
  if (shape === undefined) throw new Error(`an operation's input is an object, not ${input._zod.def.type}`);
  return Object.entries(shape).map(([field, schema]) => {
    const { kind, choices } = kindOf(field, schema);
    return { field, name: kebab(field), kind, choices, required: schema._zod.optin !== 'optional', schema };
  });
}

function kindOf(field: string, schema: Schema): Pick<Flag, 'kind' | 'choices'> {
  const { type, element, entries, options = [] } = schema._zod.def;
  const inner = inside(schema);
  if (inner !== undefined) return kindOf(field, inner);
  if (type === 'string') return { kind: 'text', choices: [] };
  if (type === 'number') return { kind: 'number', choices: [] };
  if (type === 'boolean') return { kind: 'switch', choices: [] };
  if (type === 'enum') return { kind: 'choice', choices: Object.values(entries ?? {}).map(String) };
  if (type === 'union') {
    const kinds = options.map((option) => kindOf(field, option));
    if (kinds.some(({ kind }) => kind === 'switch'))
      return { kind: 'switch', choices: kinds.flatMap(({ choices }) => choices) };
  }
  if (type === 'array' && element !== undefined && kindOf(field, element).kind === 'text')
    return { kind: 'texts', choices: [] };
  throw new Error(`no flag can be made of the field ${field} (${type})`);
}
