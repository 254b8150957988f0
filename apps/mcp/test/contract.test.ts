import type { Client } from '@modelcontextprotocol/client';
import { type FrontendAnswer, frontendContract } from '@pm/operations/contract';
import { LONG } from '@pm/testing';
import { describe } from 'vitest';
import { TOOLS, type Tool, type ToolName } from '../src/tools/tools.ts';
import { toolFor } from '../src/tools/variants.ts';
import { ERAS } from './server.ts';
import { test, textOf } from './stage.ts';

// Which era a client speaks is settled before its first call. Each case runs by one of them, in `npm run test:long` by all.
describe.concurrent.each(ERAS.map((era, i) => ({ era, i })))('by $era', ({ era, i }) => {
  const cases = frontendContract.filter((_, n) => LONG || n % ERAS.length === i);

  test.for(cases)('$title', async ({ run }, { stage }) => {
    const client = await stage.client(era);
    await run({ folder: stage.folder, ask: (operation, input, signal) => ask(client, operation, input, signal) });
  });
});

async function ask(client: Client, operation: string, input: object, signal?: AbortSignal): Promise<FrontendAnswer> {
  const offered = toolFor(operation);
  if (offered === undefined) throw new Error(`no tool offers ${operation}`);
  const call = { name: offered.tool, arguments: input as Record<string, unknown> };
  const result = await client.callTool(call, { timeout: 60_000, ...(signal !== undefined && { signal }) });
  const text = textOf(result as never);
  if (result.isError === true) return toldBy(text);
  if (result.structuredContent === undefined) return { text };
  const { runs, next, alreadyRunning, budgetOver, ...run } = result.structuredContent as Record<string, unknown>;
  return {
    runs: runs === undefined ? [inNeutralWords(run)] : (runs as Record<string, unknown>[]).map(inNeutralWords),
    next: ((next as NextCall[] | undefined) ?? []).map(asOperation),
    ...(alreadyRunning === true && { alreadyRunning }),
    ...(budgetOver === true && { budgetOver }),
  };
}

interface NextCall {
  readonly tool: ToolName;
  readonly arguments: Record<string, unknown>;
}

function inNeutralWords({ untrustedOutput, ...run }: Record<string, unknown>): Record<string, unknown> {
  return { ...run, ...(untrustedOutput !== undefined && { tail: untrustedOutput }) };
}

function asOperation({ tool, arguments: input }: NextCall) {
  const { operation, fixed }: Tool = TOOLS[tool];
  return { operation, input: { ...input, ...fixed } };
}

/** `refused (kind): message`, or `code: message`; then the next calls, a line each. */
function toldBy(text: string): FrontendAnswer {
  const [first = '', ...lines] = text.split('\n');
  const [, kind, why] = /^refused \(([a-z-]+)\): (.*)$/.exec(first) ?? [];
  const [, code, what] = /^([a-z-]+): (.*)$/.exec(first) ?? [];
  const calls = lines.flatMap((line) => {
    const [, tool, input = '{}'] = /^next: ([a-z_]+) (\{.*\}) \(/.exec(line) ?? [];
    return tool === undefined ? [] : [asOperation({ tool: tool as ToolName, arguments: JSON.parse(input) })];
  });
  if (kind !== undefined) return { refusal: { kind, message: why ?? '' }, next: calls };
  return { fault: { code: code ?? 'unknown', message: what ?? text } };
}
