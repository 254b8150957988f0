import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { PAGES, textOf } from './page.ts';
import { ROOT } from './repository.ts';

test.each(PAGES)('the links of %s lead to something', (page) => {
  const text = textOf(page).replace(/^```.*?^```/gms, '');
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  const broken = links.filter((link) => !/^\w+:/.test(link)).filter((link) => !leads(page, link));
  expect(broken).toEqual([]);
});

test('the README fits on 90 lines; what is longer is a page of docs', () => {
  expect(textOf('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(90);
});

function leads(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : join(dirname(page), path);
  if (!existsSync(join(ROOT, target))) return false;
  return anchor === undefined || anchorsOf(textOf(target)).includes(anchor);
}

/** The names that a heading gets on the web. */
function anchorsOf(page: string): string[] {
  return [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}
