import { expect, test } from 'vitest';
import { postgresUrl } from './postgres-url.ts';

const PATH = 'options=-c+search_path%3Dpm';

test.each([
  ['postgres://pm@h/db', `postgres://pm@h/db?${PATH}`],
  ['postgres://pm@h/db?options=-c%20a=b', 'postgres://pm@h/db?options=-c+a%3Db+-c+search_path%3Dpm'],
  ['postgres://pm@h/db?sslmode=require', `postgres://pm@h/db?sslmode=verify-full&${PATH}`],
  ['postgres://pm@h/db?sslmode=disable', `postgres://pm@h/db?sslmode=disable&${PATH}`],
  [
    'postgres://pm@h/db?sslmode=require&uselibpqcompat=true',
    `postgres://pm@h/db?sslmode=require&uselibpqcompat=true&${PATH}`,
  ],
])('%s reaches the client as %s', (url, expected) => {
  expect(postgresUrl(url, 'pm')).toBe(expected);
});
