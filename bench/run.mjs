// `npm run bench`: every published figure, measured on this machine now. Ratios and medians of one run; nothing is asserted.
import { readdirSync } from 'node:fs';

// Node 20 reads this file at every start, which would measure the certificates and not us.
if (process.env.NODE_EXTRA_CA_CERTS !== undefined) {
  console.error('unset NODE_EXTRA_CA_CERTS first: it adds about 37 ms to every start of Node 20');
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
