// A thread of own-checks.mjs for one of the project's own checks: it loads the module, reports its id and title, and runs it once.
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

/** @throws Error whose message continues a sentence that begins with the name of the file */
async function loaded() {
  const module = await import(href).catch((error) => {
    throw new Error(`cannot be loaded: ${whyOf(error)}`);
  });
  const own = module.default ?? module.check;
  const isCheck = [own?.id, own?.title].every((word) => typeof word === 'string' && word !== '');
  if (!isCheck || typeof own.inspect !== 'function')
    throw new Error('exports no check: its default export needs an id, a title and inspect()');
  return { check: own, options: await parsed(own) };
}

/** Parses the options by the schema of the check, if it has one: zod, or any other of https://standardschema.dev. */
async function parsed({ options: schema, fromText = (written) => ({ text: written }) }) {
  const written = text === undefined ? given : text === '' ? {} : fromText(text);
  const validate = schema?.['~standard']?.validate;
  if (validate === undefined) return written;
  const result = await validate(written);
  if (result.issues === undefined) return result.value;
  const [{ path = [], message }] = result.issues;
  const field = path.map((part) => String(part?.key ?? part)).join('.');
  throw new Error(`does not accept these options: ${[field, message].filter(Boolean).join(': ')}`);
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

/** If the search for remedies fails, there are none; the finding is valid without them. */
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
    return 'an error that cannot be converted to text';
  }
}
