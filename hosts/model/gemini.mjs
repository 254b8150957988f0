// Gemini generateContent and streamGenerateContent, as Gemini CLI speaks them.
import { writeEvents, writeJson } from './sse.mjs';

export function serves(_method, path) {
  return /:(generateContent|streamGenerateContent|countTokens|embedContent)$/.test(path);
}

export function isTurn(path, { tools }) {
  return path.endsWith(':streamGenerateContent') && tools?.length > 0;
}

export function writeAside(response, path, body) {
  if (path.endsWith(':countTokens')) writeJson(response, { totalTokens: 1_000 });
  else write(response, { id: 'aside', say: '{}', calls: [] }, body, path);
}

export function read({ contents, tools }) {
  return { messages: contents, tools };
}

export function toolNames(tools) {
  return tools.flatMap(({ functionDeclarations = [] }) => functionDeclarations.map(({ name }) => name));
}

/** What the model did not say itself: each message as JSON. */
export function heard(contents) {
  return contents.filter(({ role }) => role !== 'model').map((content) => JSON.stringify(content));
}

/** Every result of a tool, in order, as text. */
export function results(contents) {
  return contents
    .flatMap(({ parts }) => parts)
    .filter(({ functionResponse }) => functionResponse !== undefined)
    .map(({ functionResponse }) => JSON.stringify(functionResponse.response));
}

export function write(response, { say, calls }, _body, path) {
  const parts = [
    ...(say === undefined ? [] : [{ text: say }]),
    ...calls.map(({ name, input }) => ({ functionCall: { name, args: input } })),
  ];
  const usageMetadata = { promptTokenCount: 1_000, candidatesTokenCount: 50, totalTokenCount: 1_050 };
  const answer = { candidates: [{ content: { role: 'model', parts }, finishReason: 'STOP', index: 0 }], usageMetadata };
  if (path?.endsWith(':generateContent')) writeJson(response, answer);
  else writeEvents(response, [answer]);
}
