import { usageError } from './argument-error.ts';
import { TOOLS, type Tool, type ToolName } from './tools.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * The arguments of a call, with those in `options` beside the others. A rare option may also be written beside the others, where it was
 * before there was `options`.
 * @throws an error of code `usage` if `options` is no object, or has a name that is none of the rare options
 */
export function withRareOptions(name: ToolName, given: Fields): Fields {
  const { rare }: Tool = TOOLS[name];
  const { options, ...usual } = given;
  if (rare === undefined || options === undefined) return given;
  const names = `its names are ${rare.join(', ')}`;
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw usageError(`${name}: options must be an object; ${names}`, `write options as {"${rare[0]}": …}`);
  for (const field of Object.keys(options)) {
    if (field in usual && rare.includes(field))
      throw usageError(`${name}: ${field} is given twice, also in options`, 'leave out one of them');
    if (!rare.includes(field))
      throw usageError(
        `${name}: options has no ${field}; ${names}`,
        'write one of these names; other fields go beside options',
      );
  }
  return { ...usual, ...options };
}
