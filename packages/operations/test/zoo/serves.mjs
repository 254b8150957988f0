// An HTTP server: serves.mjs HOST PORT [WORD…]. It prints "listening on PORT" when it has bound. Words that it knows:
// late binds when there is the cue `bind`; unwell answers 503 until there is the cue `well`; mortal exits with 7 at the cue `die`;
// colourful prints its line in colours and in pieces; liar prints it without binding; mute takes connections and never answers.
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';

const [host, port, ...words] = process.argv.slice(2);
const has = (word) => words.includes(word);
const cued = (name) => existsSync(`${process.env.STAGE}/${name}`);
const say = () => {
  if (!has('colourful')) return void process.stdout.write(`listening on ${port}\n`);
  process.stdout.write('\x1b[32mlisten');
  setTimeout(() => process.stdout.write(`ing\x1b[39m on\x1b[1m ${port}\x1b[22m\r`), 20);
};
const server = createServer((request, answer) => {
  if (has('mute')) return;
  answer.statusCode = has('unwell') && !cued('well') ? 503 : 200;
  answer.end(request.url);
});
let isBound = false;
const look = () => {
  if (has('mortal') && cued('die')) {
    console.error('Error: it is over');
    process.exit(7);
  }
  if (isBound || (has('late') && !cued('bind'))) return;
  isBound = true;
  if (has('liar')) say();
  else server.listen(Number(port), host, say);
};
setInterval(look, 10);
look();
