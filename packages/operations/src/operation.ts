import type * as z from 'zod/mini';
import { useEngines } from './elsewhere/shared-engines.ts';
import type { Context } from './project/context.ts';
import { explainFault } from './project/environment-fault.ts';
import { isTooLong } from './shape/too-long.ts';

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

/**
 * Makes an operation of its parts. If its disk is full or the machine lacks something else, it throws a clear error, wherever that was
 * noticed. What its answer and its events quote is bounded.
 */
export function operation<Input extends z.ZodMiniType, Output extends z.ZodMiniType>(
  parts: Operation<Input, Output>,
): Operation<Input, Output> {
  const run = async (input: z.output<Input>, context: Context): Promise<z.output<Output>> => {
    const engines = useEngines();
    try {
      return await within(await parts.run(input, withBoundedReport(context)));
    } catch (error) {
      throw explainFault(error, input, context);
    } finally {
      engines.end();
    }
  };
  return { ...parts, run };
}

async function within<T>(answer: T): Promise<T> {
  return isTooLong(answer) ? (await import('./shape/bounded.ts')).bounded(answer) : answer;
}

function withBoundedReport(context: Context): Context {
  const { report } = context;
  if (report === undefined) return context;
  return { ...context, report: async (event) => report(event.type === 'output' ? event : await within(event)) };
}
