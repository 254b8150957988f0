import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type FrontendAnswer, frontendContract } from '@pm/operations/contract';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { isVerb, positionalsOf, VERBS, type VerbForm } from '../src/call/verbs.ts';
import { kebab } from '../src/text/shell-words.ts';

const MAIN = fileURLToPath(new URL('../dist/main.cjs', import.meta.url));
const ENV = { NODE_EXTRA_CA_CERTS: undefined, PM_RESIDENT: 'off' };

test.concurrent.for(frontendContract)('$title', async ({ run }) => {
  expect(existsSync(MAIN)).toBe(true); // build first
  const folder = mkdtempSync(join(tmpdir(), 'pm-contract-'));
  writeFileSync(join(folder, 'package.json'), '{}');
  try {
    await run({ folder, ask: (operation, input, signal) => ask(folder, operation, input, signal) });
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 50 }); // a wrapper may still remove files
  }
});

async function ask(folder: string, verb: string, input: object, signal?: AbortSignal): Promise<FrontendAnswer> {
  const env = { ...ENV, XDG_STATE_HOME: join(folder, 'state') };
  const options = { cwd: folder, env, reject: false, ...(signal !== undefined && { cancelSignal: signal }) };
  const { stdout } = await execa(process.execPath, [MAIN, verb, '--json', ...wordsOf(verb, input)], options);
  const { error, ...answer } = JSON.parse(stdout);
  return error === undefined ? answer : { fault: error };
}

/** An input as arguments of the command line. */
function wordsOf(verb: string, input: object): string[] {
  const form: Partial<VerbForm> = isVerb(verb) ? VERBS[verb] : {};
  const positionals = positionalsOf(form);
  const bare: string[] = [];
  const flags: string[] = [];
  let command: string[] = [];
  for (const [field, value] of Object.entries(input)) {
    if (field === form.afterDashes) command = ['--', ...value];
    else if (positionals.includes(field)) bare.push(...[value].flat());
    else flags.push(...(value === true ? [`--${kebab(field)}`] : [`--${kebab(field)}`, String(value)]));
  }
  return [...bare, ...flags, ...command];
}
