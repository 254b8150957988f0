// The adapters of LangChain: they use the JSON schemas of the tools, and throw an exception for a refusal.
import { equal, match, rejects } from 'node:assert/strict';
import { MultiServerMCPClient } from '@langchain/mcp-adapters';

export default async function langchain({ main, node }) {
  const client = new MultiServerMCPClient({ mcpServers: { mon: { transport: 'stdio', command: node, args: [main] } } });
  try {
    const tools = await client.getTools();
    const call = (name, input) => tools.find((tool) => tool.name === name).invoke(input);
    match(JSON.stringify(await call('start_run', { step: 'try', command: ['true'], wait: true })), /success/);
    match(JSON.stringify(await call('read_logs', { step: 'try' })), /untrusted output of try/);
    await rejects(call('start_run', { command: ['no-such-program'] }), /not-found/);
    equal(tools.length, 10);
    console.log(`${tools.length} tools, a run, its log, a refusal`);
  } finally {
    await client.close();
  }
}
