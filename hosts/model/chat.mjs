// OpenAI chat completions, as opencode speaks them to a provider of one's own.
import { writeEvents, writeJson } from './sse.mjs';

export function serves(_method, path) {
  return path.endsWith('/chat/completions');
}

export function isTurn(_path, { tools }) {
  return tools?.length > 0;
}

export function writeAside(response, _path, body) {
  write(response, { id: 'aside', say: 'ok', calls: [] }, body);
}

export function read({ messages, tools }) {
  return { messages, tools };
}

export function toolNames(tools) {
  return tools.map((tool) => tool.function.name);
}

/** What the model did not say itself: each message as JSON. */
export function heard(messages) {
  return messages.filter(({ role }) => role !== 'assistant').map((message) => JSON.stringify(message));
}

/** Every result of a tool, in order, as text. */
export function results(messages) {
  return messages
    .filter(({ role }) => role === 'tool')
    .map(({ content }) => (typeof content === 'string' ? content : JSON.stringify(content)));
}

export function write(response, { id, say, calls }, { model, stream }) {
  const tool_calls = calls.map(({ name, input }, index) => ({
    index,
    id: `call_${id}_${index}`,
    type: 'function',
    function: { name, arguments: JSON.stringify(input) },
  }));
  const message = { role: 'assistant', content: say ?? null, ...(calls.length > 0 && { tool_calls }) };
  const finish_reason = calls.length > 0 ? 'tool_calls' : 'stop';
  const usage = { prompt_tokens: 1_000, completion_tokens: 50, total_tokens: 1_050 };
  const head = { id: `chat_${id}`, created: 1, model };
  if (stream !== true)
    writeJson(response, { ...head, object: 'chat.completion', choices: [{ index: 0, message, finish_reason }], usage });
  else {
    const chunk = (delta, reason) => ({
      ...head,
      object: 'chat.completion.chunk',
      choices: [{ index: 0, delta, finish_reason: reason }],
    });
    writeEvents(response, [chunk(message, null), { ...chunk({}, finish_reason), usage }], { end: 'data: [DONE]\n\n' });
  }
}
