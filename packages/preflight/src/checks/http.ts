import { Duration } from '@pm/protocol';
import { formatDuration } from '@pm/protocol/text';
import * as z from 'zod/mini';
import type { Check, CheckContext, CheckResult } from '../check.ts';
import { type HttpAnswer, httpGet } from './http-get.ts';
import { expandVariables, Pattern } from './text-options.ts';

const Options = z.strictObject({
  url: z.string().check(z.regex(/^(https?:\/\/[^\s]|\$\{)/, 'must begin with http:// or https://')),
  status: z.optional(
    z.union([z.int(), z.array(z.int()).check(z.minLength(1))], 'must be a status such as 200, or a list of them'),
  ),
  body: z.optional(z.string().check(z.minLength(1))),
  matches: z.optional(Pattern),
  headers: z.optional(z.record(z.string(), z.string())),
  send: z.optional(z.record(z.string(), z.string())),
  follow: z.optional(z.boolean()),
  timeout: z.optional(Duration),
});
type Options = z.infer<typeof Options>;

const TIMEOUT_MS = 3_000;
const SHOWN_BODY = 80;

/** A service answers as expected. Its body or headers can prove that it is the right one: a stale tunnel may answer 200 from the wrong host. */
export const http: Check<Options> = {
  id: 'http',
  title: 'the service answers as expected',
  options: Options,
  fromText: (url) => ({ url }),
  async inspect(options, { env }, signal) {
    const given = expandOptions(options, env);
    if (given.missing.length > 0)
      return { state: 'fail', evidence: `${options.url}: ${given.missing.join(', ')} is not set` };
    const { timeout: timeoutMs = TIMEOUT_MS, follow = false } = options;
    const wantsBody = options.body !== undefined || options.matches !== undefined;
    const began = performance.now();
    const answer = await httpGet(given.url, { headers: given.send, follow, wantsBody, timeoutMs, signal });
    // The URL as it is written, because the values of variables may be secret.
    const { state, evidence } = resultOf(
      answer,
      options,
      formatDuration(Math.max(1, Math.round(performance.now() - began))),
    );
    return { state, evidence: `${options.url}: ${evidence}` };
  },
};

function expandOptions({ url, send = {} }: Options, env: CheckContext['env']) {
  const target = expandVariables(url, env);
  const headers = Object.entries(send).map(([name, value]) => [name, expandVariables(value, env)] as const);
  return {
    url: target.text,
    send: Object.fromEntries(headers.map(([name, { text }]) => [name, text])),
    missing: [...new Set([target, ...headers.map(([, value]) => value)].flatMap(({ missing }) => missing))],
  };
}

function resultOf(answer: HttpAnswer, options: Options, took: string): CheckResult {
  if (answer.kind === 'failed') return { state: 'fail', evidence: answer.why };
  const problem = problemOf(answer, options);
  const status = [answer.status, answer.statusText].filter(Boolean).join(' ');
  const from = answer.redirects.length > 0 ? ` (after redirects to ${answer.redirects.join(', ')})` : '';
  return problem === undefined
    ? { state: 'pass', evidence: `${status}${from} in ${took}` }
    : { state: 'fail', evidence: `${status}${from}, ${problem}` };
}

type Answer = Extract<HttpAnswer, { kind: 'answered' }>;

function problemOf(answer: Answer, { status, body, matches, headers = {} }: Options): string | undefined {
  const wanted = typeof status === 'number' ? [status] : status;
  const isWanted = wanted?.includes(answer.status) ?? (answer.status >= 200 && answer.status < 300);
  if (!isWanted) {
    const to = answer.location === undefined ? '' : ` (redirects to ${answer.location}, which was not followed)`;
    return `not ${wanted?.join(' or ') ?? '2xx'}${to}`;
  }
  for (const [name, text] of Object.entries(headers)) {
    const has = answer.headers[name.toLowerCase()];
    if (has === undefined) return `but without the header ${name}`;
    if (!String(has).includes(text))
      return `but its ${name} is ${JSON.stringify(String(has).slice(0, SHOWN_BODY))}, without ${JSON.stringify(text)}`;
  }
  const shown = JSON.stringify(answer.body.trim().slice(0, SHOWN_BODY));
  if (body !== undefined && !answer.body.includes(body))
    return `but its body does not contain ${JSON.stringify(body)}: ${shown}`;
  if (matches !== undefined && !new RegExp(matches).test(answer.body))
    return `but its body does not match /${matches}/: ${shown}`;
  return undefined;
}
