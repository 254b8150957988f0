import type { Next } from '@pm/operations';
import { toolFor } from './tools.ts';

/** The next call worth making, as a model makes it. */
export interface ToolCall {
  readonly tool: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly why: string;
}

/** Those next calls that there is a tool for. */
export function toolCalls(next: readonly Next[]): ToolCall[] {
  return next.flatMap(({ operation, input, why }) => {
    const call = toolFor(operation, input);
    return call === undefined ? [] : [{ ...call, why }];
  });
}

/** `next: wait_run {"steps":["train"]} (learn how it ends)` */
export function callLine({ tool, arguments: input, why }: ToolCall): string {
  return `next: ${tool} ${JSON.stringify(input)}${why === '' ? '' : ` (${why})`}`;
}
