import type * as z from 'zod/mini';
import type { Context } from './project/context.ts';

/** One verb, offered alike by every frontend. `input` parses what people and models write; `run` gets the parsed value. */
export interface Operation<Input extends z.ZodMiniType, Output extends z.ZodMiniType> {
  readonly name: string;
  /** One sentence for help texts and tool descriptions. */
  readonly summary: string;
  readonly input: Input;
  /** Of the answer; loaded when asked for, because a call that only runs need not build it. */
  readonly output: () => Promise<Output>;
  readonly run: (input: z.output<Input>, context: Context) => Promise<z.output<Output>>;
}

/** Checks an operation's parts against each other and gives them back. That the disk is full is told as that, whatever found it so. */
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
