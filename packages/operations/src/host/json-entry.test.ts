import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type EntryPath, entryAt, newFile, withEntry, withoutEntry } from './json-entry.ts';
import type { JsonFile } from './json-tree.ts';

const PM = { command: 'pm-mcp', args: [] };
const AT: EntryPath = ['mcpServers', 'pm'];

describe('an entry in a JSON file of somebody else', () => {
  test.each<[what: string, before: string, after: string]>([
    [
      'beside other servers',
      '{\n  "mcpServers": {\n    "a": {}\n  }\n}\n',
      '{\n  "mcpServers": {\n    "pm": {\n      "command": "pm-mcp",\n      "args": []\n    },\n    "a": {}\n  }\n}\n',
    ],
    [
      'beside other keys, with tabs and a comment on the first line',
      '{ // ours\n\t"a": 1, // why\n}\n',
      '{ // ours\n\t"mcpServers": {\n\t\t"pm": {\n\t\t\t"command": "pm-mcp",\n\t\t\t"args": []\n\t\t}\n\t},\n\t"a": 1, // why\n}\n',
    ],
    ['in an empty object', '{}', '{ "mcpServers": {"pm":{"command":"pm-mcp","args":[]}}}'],
    ['in an empty object with a comment', '{// c\n}', '{ "mcpServers": {"pm":{"command":"pm-mcp","args":[]}}// c\n}'],
    ['in one line', '{"a":1}', '{ "mcpServers": {"pm":{"command":"pm-mcp","args":[]}},"a":1}'],
    ['in an empty list of servers', '{"mcpServers":{}}', '{"mcpServers":{ "pm": {"command":"pm-mcp","args":[]}}}'],
    [
      'with Windows line ends',
      '{\r\n  "a": 1\r\n}\r\n',
      '{\r\n  "mcpServers": {\r\n    "pm": {\r\n      "command": "pm-mcp",\r\n      "args": []\r\n    }\r\n  },\r\n  "a": 1\r\n}\r\n',
    ],
  ])('%s', (_what, before, after) => {
    expect(withEntry(json(before), AT, PM)).toBe(after);
    expect(withoutEntry(json(after), AT)).toEqual({ text: before });
  });

  test.each(['', ' ', '\n', '\r\n\t\n', '\u00ef\u00bb\u00bf', '\u00ef\u00bb\u00bf \n'])(
    'in a file with nothing in it, %j',
    (before) => {
      const root = { $schema: 'https://example.org' };
      const after = withEntry(json(before), AT, PM, root);
      expect(JSON.parse(after.replace('\u00ef\u00bb\u00bf', ''))).toEqual({ ...root, mcpServers: { pm: PM } });
      expect(withoutEntry(json(after), AT, root)).toEqual({ text: before });
      const two = withEntry(json(after), ['list'], ['pm']);
      expect(withoutEntry(json(two), ['list'])).toEqual({ text: after });
      expect(entryAt(json(before), AT)).toBeUndefined();
      expect(withoutEntry(json(before), AT)).toEqual({ text: before });
    },
  );

  test('of a new file leaves with the file', () => {
    const root = { $schema: 'https://example.org' };
    const text = newFile(AT, PM, root);
    expect(JSON.parse(text)).toEqual({ ...root, mcpServers: { pm: PM } });
    expect(withoutEntry(json(text), AT, root)).toBe('gone');
    expect(withoutEntry(json(text), AT)).not.toBe('gone');
  });

  test('whose text somebody has changed is theirs', () => {
    const text = withEntry(json('{\n  "a": 1\n}'), AT, PM).replace('"args": []', '"args": [ ]');
    expect(withoutEntry(json(text), AT)).toBe('edited');
  });

  test('is found with its line, and its text is UTF-8', () => {
    const before = Buffer.from('{\n  "é": "ü"\n}').toString('latin1');
    const after = withEntry(json(before), AT, { command: '/home/zoë/pm-mcp' });
    expect(entryAt(json(after), AT)).toEqual({ value: { command: '/home/zoë/pm-mcp' }, line: 3 });
    expect(JSON.parse(Buffer.from(after, 'latin1').toString())).toMatchObject({ é: 'ü' });
    expect(entryAt(json('{"mcpServers":{"a":1}}'), AT)).toBeUndefined();
    expect(entryAt(json('{"notify":{"on":1}}'), ['notify'])).toMatchObject({ value: { on: 1 } });
  });

  test.each<[text: string, why: RegExp]>([
    ['[]', /is not a JSON object/],
    ['null', /is not a JSON object/],
    ['// nothing', /is not valid JSON: a value is missing/],
    ['{"mcpServers": []}', /"mcpServers" in line 1 is not an object/],
    ['{"mcpServers": {},\n"mcpServers": {}}', /has "mcpServers" twice, the second time in line 2/],
    ['{\n  "a": 1,,\n}', /: a name in double quotes is expected, or a comma is too many \(line 2, column 10\)/],
    ['{"é": "ü", x}', /: a word that is not in quotes is not true, false or null \(line 1, column 12\)/],
    ['{"mcpServers": {}', /: a closing \} is missing \(line 1, column 18\)/],
    ['{"a": [1}', /: a comma or a closing bracket is missing \(line 1, column 9\)/],
    ['{"a": 1 "b": 2}', /: a comma or a closing bracket is missing \(line 1, column 9\)/],
    ['{"a" 1}', /: a colon is missing \(line 1, column 6\)/],
    ['{"a": }', /: a value is missing, or a comma is too many \(line 1, column 7\)/],
    ['{"a": "b', /: a text in quotes has no end \(line 1, column 7\)/],
    ['{"a": 1} {}', /: something follows after its end \(line 1, column 10\)/],
    ['{"a": tru}', /: a word that is not in quotes is not true, false or null \(line 1, column 7\)/],
    ['{"a": "\\q"}', /: a backslash is followed by a character that it cannot escape \(line 1, column 7\)/],
  ])('is not put into %j', (text, why) => {
    expect(() => withEntry(json(Buffer.from(text).toString('latin1')), AT, PM)).toThrow(why);
  });

  test('needs JSON without comments where the host does', () => {
    expect(() => withEntry({ ...json('{} // c'), isLenient: false }, AT, PM)).toThrow(
      /its program does not read comments \(line 1, column 4\)/,
    );
    expect(() => withEntry({ ...json('{"a": 1,}'), isLenient: false }, AT, PM)).toThrow(
      /comma is too many \(line 1, column 9\)/,
    );
  });

  test('comes and goes without a trace, whatever else the file holds', () => {
    fc.assert(
      fc.property(file(), fc.constantFrom<EntryPath>(AT, ['mcpServers']), (text, path) => {
        const before = json(text);
        if (entryAt(before, path) !== undefined) return;
        const after = withEntry(before, path, PM);
        expect(entryAt(json(after), path)?.value).toEqual(PM);
        expect(after.length).toBeGreaterThan(text.length);
        expect(withoutEntry(json(after), path)).toEqual({ text });
      }),
      { numRuns: 2_000 },
    );
  });
});

function json(text: string): JsonFile {
  return { file: '/p/x.json', text, isLenient: true };
}

/** Objects as people write them: with comments, any white space, trailing commas, and perhaps an object of servers. */
function file(): fc.Arbitrary<string> {
  const gap = fc.constantFrom(
    '',
    ' ',
    '\n',
    '\n  ',
    '\n\t',
    '\r\n    ',
    ' // c }\n',
    ' /* { */ ',
    '/* a\n b */',
    '\n\n  ',
  );
  const value = fc.oneof(fc.constantFrom('1', '"x"', '[ 1 ]', '{}', '{ "k": 2 }', '{\n  "k": 2\n  }'));
  const members = fc.array(fc.tuple(gap, fc.constantFrom('"a"', '"b"', '"é"'), gap, value, gap), { maxLength: 3 });
  const object = fc.tuple(members, gap, fc.boolean()).map(([all, end, trails]) => {
    const unique = all.filter(([, key], n) => all.findIndex(([, other]) => other === key) === n);
    const text = unique.map(([g1, key, g2, v, g3]) => `${g1}${key}:${g2}${v}${g3}`).join(',');
    return `{${text}${trails && unique.length > 0 ? ',' : ''}${end}}`;
  });
  const root = fc.tuple(object, gap, object, gap, fc.boolean()).map(([outer, g1, servers, g2, hasServers]) => {
    if (!hasServers) return outer;
    const rest = outer.slice(1);
    const isAlone = !/^(?:\s|\/\/[^\n]*\n|\/\*[\s\S]*?\*\/)*"/.test(rest);
    return `{${g1}"mcpServers":${g2}${servers}${isAlone ? '' : ','}${rest}`;
  });
  return fc
    .tuple(fc.constantFrom('', '\u00ef\u00bb\u00bf', '// head\n'), root, gap)
    .map(([head, text, end]) => head + text + end);
}
