// The check: the service has to answer, and source.txt has to be fixed.
import { readFileSync } from 'node:fs';

const answer = await fetch(process.env.SERVICE).catch(({ cause }) => ({ ok: false, cause }));
if (!answer.ok) {
  console.error(`Error: ${answer.cause?.message ?? answer.status}`);
  process.exit(1);
}
if (!readFileSync('source.txt', 'utf8').includes('fixed')) {
  console.error('AssertionError: source.txt is not fixed');
  process.exit(1);
}
