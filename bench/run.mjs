// `npm run bench` measures every published figure on this machine. It prints ratios and medians of one run, and fails for none of them.
import { readdirSync } from 'node:fs';

// Node.js 20 reads this file at every start, so the figures would contain the reading of certificates.
if (process.env.NODE_EXTRA_CA_CERTS !== undefined) {
  console.error('unset NODE_EXTRA_CA_CERTS first: it adds about 37 ms to every start of Node.js 20');
  process.exit(1);
}
const [wanted = ''] = process.argv.slice(2);
const names = readdirSync(new URL('figures', import.meta.url)).filter((name) => name.includes(wanted));
console.log(`node ${process.version}, ${process.platform}-${process.arch}\n`);
for (const name of names) {
  const { title, budget, measure } = await import(`./figures/${name}`);
  const { value, detail, within } = await measure();
  console.log(`${within ? '✓' : '✗'} ${title}: ${value} (budget ${budget})${detail ? `\n    ${detail}` : ''}`);
}
