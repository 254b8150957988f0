import { createServer } from 'node:http';
import { describe, expect } from 'vitest';
import { askUntilPassed } from '../src/index.ts';
import { prepareCheck } from '../src/run/prepare-checks.ts';
import { freePort, listening, serve } from './servers.ts';
import { test } from './stage.ts';

const FOREVER = new AbortController().signal;

describe('checks that are asked until they pass', () => {
  test('are heard of as soon as the server is there, with what was seen before', async ({ stage }) => {
    const port = await freePort();
    const seen: string[] = [];
    const server = createServer((_, answer) => answer.end());
    const asking = askUntilPassed(await prepared(stage.folder, `tcp:${port}`), stage.context, {
      signal: FOREVER,
      seen: ([finding]) => {
        if (finding !== undefined) seen.push(finding.state);
        if (seen.length === 3) server.listen(port, '127.0.0.1');
      },
    });
    expect(await asking).toMatchObject([{ check: 'tcp', state: 'pass' }]);
    expect(seen.slice(0, 3)).toEqual(['fail', 'fail', 'fail']);
    server.close();
  });

  test('wait for each other, and none is asked again after it has passed', async ({ stage }) => {
    let asked = 0;
    const first = await serve((_, answer) => {
      asked += 1;
      answer.end();
    });
    let refusals = 3;
    const second = await serve((_, answer) => {
      answer.statusCode = refusals-- > 0 ? 503 : 200;
      answer.end();
    });
    const evidence: string[] = [];
    const checks = await prepared(stage.folder, `http:${first.url}`, second.url);
    const found = await askUntilPassed(checks, stage.context, {
      signal: FOREVER,
      seen: (findings) => evidence.push(findings.at(-1)?.evidence ?? ''),
    });
    expect(found?.map(({ state }) => state)).toEqual(['pass', 'pass']);
    expect(asked).toBe(1);
    expect(evidence.some((text) => text.includes('503 Service Unavailable'))).toBe(true);
    await first.close();
    await second.close();
  });

  test('end with the signal, also in the middle of an answer that never comes', async ({ stage }) => {
    const leaving = new AbortController();
    const mute = await listening(createServer(() => leaving.abort()));
    const checks = await prepared(stage.folder, `http:${mute.url}`);
    expect(await askUntilPassed(checks, stage.context, { signal: leaving.signal })).toBeUndefined();
    await mute.close();
  });

  test('tell of an answer that does not come, and not of what was seen before', async ({ stage }) => {
    const leaving = new AbortController();
    let refusals = 2;
    const server = await serve((_, answer) => {
      answer.statusCode = 503;
      if (refusals-- > 0) answer.end();
      else setTimeout(() => leaving.abort(), 500);
    });
    const evidence: string[] = [];
    await askUntilPassed(await prepared(stage.folder, `http:${server.url}`), stage.context, {
      signal: leaving.signal,
      seen: ([finding]) => evidence.push(finding?.evidence ?? ''),
    });
    expect(evidence).toHaveLength(3);
    expect(evidence.at(-1)).toMatch(/^http: no answer for \d/);
    await server.close();
  });

  test('a line is looked for in what a run prints, and without a run nothing is known', async ({ stage }) => {
    const [check] = await prepared(stage.folder, 'line:ready in');
    const printed = ['starting', 'starting', 'vite ready in 300 ms'];
    const output = {
      find: (text: string) => (printed.length > 1 ? printed.shift() && undefined : found(printed, text)),
    };
    expect(await askUntilPassed(check ? [check] : [], { ...stage.context, output }, { signal: FOREVER })).toMatchObject(
      [{ state: 'pass', evidence: 'it printed "vite ready in 300 ms"' }],
    );
    expect(await stage.ask('line:x')).toMatchObject({ state: 'inconclusive' });
  });
});

function found(lines: readonly string[], text: string): string | undefined {
  return lines.find((line) => line.includes(text));
}

async function prepared(home: string, ...specs: readonly string[]) {
  return Promise.all(specs.map((spec) => prepareCheck(spec, { home, where: 'test', env: {} })));
}
