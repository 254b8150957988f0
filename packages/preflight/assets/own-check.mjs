// One check of a project's own, in a thread by itself (own-checks.mjs): loads the module, says what it is, and answers one question.
import { parentPort, workerData } from 'node:worker_threads';

const { href, text, given } = workerData;
const ending = new AbortController();

let check;
let options;
try {
  ({ check, options } = await loaded());
  parentPort.on('message', (message) => (message.type === 'leave' ? ending.abort() : inspect(message.context)));
  parentPort.postMessage({ type: 'ready', id: check.id, title: check.title });
} catch (error) {
  parentPort.postMessage({ type: 'fault', why: whyOf(error) });
}

/** @throws Error with the rest of a sentence that begins with the file's name */
async function loaded() {
  const module = await import(href).catch((error) => {
    throw new Error(`cannot be loaded: ${whyOf(error)}`);
  });
  const own = module.default ?? module.check;
  const isCheck = [own?.id, own?.title].every((word) => typeof word === 'string' && word !== '');
  if (!isCheck || typeof own.inspect !== 'function')
    throw new Error('exports no check: its default export is to have an id, a title and inspect()');
  return { check: own, options: await parsed(own) };
}

/** By the check's own schema, if it has one: zod and every other of https://standardschema.dev. */
async function parsed({ options: schema, fromText = (written) => ({ text: written }) }) {
  const written = text === undefined ? given : text === '' ? {} : fromText(text);
  const validate = schema?.['~standard']?.validate;
  if (validate === undefined) return written;
  const result = await validate(written);
  if (result.issues === undefined) return result.value;
  const [{ path = [], message }] = result.issues;
  const field = path.map((part) => String(part?.key ?? part)).join('.');
  throw new Error(`does not take these options: ${[field, message].filter(Boolean).join(': ')}`);
}

async function inspect(context) {
  try {
    const inspection = await check.inspect(options, context, ending.signal);
    const isAmiss = inspection?.state === 'fail' || inspection?.state === 'warn';
    const remedies = isAmiss ? await remediesOf(context) : [];
    parentPort.postMessage({ type: 'inspected', inspection, remedies });
  } catch (error) {
    parentPort.postMessage({ type: 'threw', why: whyOf(error) });
  }
}

/** A finding stands without its remedies. */
async function remediesOf(context) {
  try {
    return (await check.remedies?.(options, context, ending.signal)) ?? [];
  } catch {
    return [];
  }
}

function whyOf(error) {
  try {
    return String(error?.message ?? error).split('\n')[0];
  } catch {
    return 'something that cannot be told';
  }
}
