import type * as z from 'zod/mini';
import type { Context } from './project/context.ts';

/** One verb, the same in every frontend. `input` parses what people and models write; `run` takes the parsed value. */
export interface Operation<Input extends z.ZodMiniType, Output extends z.ZodMiniType> {
  readonly name: string;
  /** One sentence for help texts and tool descriptions. */
  readonly summary: string;
  readonly input: Input;
  /** The schema of the answer. It is loaded on request, because most calls do not need it. */
  readonly output: () => Promise<Output>;
  readonly run: (input: z.output<Input>, context: Context) => Promise<z.output<Output>>;
}

/** Makes an operation of its parts. If its disk is full, it throws a clear error, wherever that was noticed. */
export function operation<Input extends z.ZodMiniType, Output extends z.ZodMiniType>(
  parts: Operation<Input, Output>,
): Operation<Input, Output> {
  const run = async (input: z.output<Input>, context: Context): Promise<z.output<Output>> => {
    try {
      return await parts.run(input, context);
    } catch (error) {
      throw (await import('./project/full-disk.ts')).explainFullDisk(error, input, context);
    }
  };
  return { ...parts, run };
}
