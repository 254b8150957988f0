// @ai-sdk/mcp: has its own implementation of 2026-07-28, without the SDK that pm-mcp uses.
import { deepEqual, equal, match } from 'node:assert/strict';
import { createMCPClient } from '@ai-sdk/mcp';
import { Experimental_StdioMCPTransport } from '@ai-sdk/mcp/mcp-stdio';

export default async function aiSdk({ main, node }) {
  const client = await createMCPClient({
    transport: new Experimental_StdioMCPTransport({ command: node, args: [main] }),
  });
  try {
    const tools = await client.tools();
    const call = (name, input) => tools[name].execute(input, { toolCallId: '1', messages: [] });
    const { structuredContent } = await call('start_run', {
      step: 'try',
      command: ['sh', '-c', 'echo why; exit 3'],
      wait: true,
    });
    const { outcome, exitCode, untrustedOutput } = structuredContent;
    deepEqual({ outcome, exitCode, untrustedOutput }, { outcome: 'failed', exitCode: 3, untrustedOutput: 'why' });
    const refused = await call('start_run', { command: ['no-such-program'] });
    equal(refused.isError, true);
    match(refused.content[0].text, /not-found/);
    console.log(`${Object.keys(tools).length} tools, a run that failed, a refusal`);
  } finally {
    await client.close();
  }
}
