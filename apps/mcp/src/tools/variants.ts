import { usageError } from './argument-error.ts';
import { TOOLS, type Tool, type ToolName, type ToolOperation, type Variant } from './tools.ts';

type Fields = Readonly<Record<string, unknown>>;

// Why: contributing/decisions/2026-11-24-tools-are-operations.md
/** The operation that a call asks for. */
export interface Selected {
  readonly operation: ToolOperation;
  /** The fields of the operation. */
  readonly fields: Fields;
  /** The field that has selected it; undefined for the operation of the tool itself. */
  readonly by?: string;
}

/**
 * The operation of a call: that of the tool, or one that a field of the call selects.
 * @param given the arguments, those in `options` among them
 * @throws an error of code `usage` if two operations are selected
 */
export function selectedOperation(name: ToolName, given: Fields): Selected {
  const { operation, variants = {} }: Tool = TOOLS[name];
  const chosen = Object.entries(variants).filter(([field]) => given[field] !== undefined && given[field] !== false);
  const [[by, variant] = [], other] = chosen;
  if (other !== undefined)
    throw usageError(`${name}: ${by} and ${other[0]} exclude each other`, 'make two calls, one for each of them');
  if (by === undefined || variant === undefined) return { operation, fields: withoutFields(given, variants) };
  const { [by]: content, ...others } = given;
  if (variant.value === undefined && content !== true)
    throw usageError(`${name}: ${by} can only be true`, 'write true');
  return { operation: variant.operation, fields: inWordsOf(variant, others, content), by };
}

/** The tool for this call of an operation, and the remaining arguments; undefined if there is no such tool, or if it lacks one of the fields. */
export function toolFor(
  operation: string,
  input: Fields = {},
): { readonly tool: ToolName; readonly arguments: Fields } | undefined {
  for (const [tool, { operation: own, fixed = {}, without = [], rare = [], variants = {} }] of toolList()) {
    const variant = Object.entries(variants).find((entry) => entry[1].operation === operation);
    if (own !== operation && variant === undefined) continue;
    if (Object.entries(fixed).some(([field, value]) => input[field] !== value)) continue;
    if (Object.keys(input).some((field) => without.includes(field) && !Object.hasOwn(fixed, field))) continue;
    const said = withoutFields(input, fixed);
    return { tool, arguments: inOptions(variant === undefined ? said : asVariant(variant, said), rare) };
  }
  return undefined;
}

function toolList(): [ToolName, Tool][] {
  return Object.entries(TOOLS) as [ToolName, Tool][];
}

function inWordsOf({ value, renamed = {} }: Variant, fields: Fields, selected: unknown): Fields {
  return { ...renamedFields(fields, renamed), ...(value !== undefined && { [value]: selected }) };
}

function asVariant([by, { value, renamed = {} }]: [string, Variant], fields: Fields): Fields {
  const back = Object.fromEntries(Object.entries(renamed).map(([tool, own]) => [own, tool]));
  const others = Object.entries(fields).filter(([field]) => field !== value);
  return { [by]: value === undefined ? true : fields[value], ...renamedFields(Object.fromEntries(others), back) };
}

function renamedFields(fields: Fields, names: Readonly<Record<string, string>>): Fields {
  return Object.fromEntries(Object.entries(fields).map(([field, content]) => [names[field] ?? field, content]));
}

function withoutFields(fields: Fields, names: object): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([field]) => !Object.hasOwn(names, field)));
}

/** Fields with the rare ones in `options`, as the list of tools has them. */
function inOptions(fields: Fields, rare: readonly string[]): Fields {
  const options = Object.entries(fields).filter(([field]) => rare.includes(field));
  const usual = Object.fromEntries(Object.entries(fields).filter(([field]) => !rare.includes(field)));
  return options.length === 0 ? usual : { ...usual, options: Object.fromEntries(options) };
}
