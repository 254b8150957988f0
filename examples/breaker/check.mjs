// The work: its own source must be right, and the service has to answer.
import { readFileSync } from 'node:fs';

const answer = await fetch(process.env.SERVICE).catch(({ cause }) => ({ ok: false, cause }));
if (!answer.ok) {
  console.error(`Error: ${answer.cause?.message ?? answer.status}`);
  process.exit(1);
}
if (!readFileSync('source.txt', 'utf8').includes('mended')) {
  console.error('AssertionError: source.txt is not mended');
  process.exit(1);
}
