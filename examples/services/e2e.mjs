// A test that needs the server.
import { argv } from 'node:process';

const answer = await fetch(argv[2]);
console.log(`the page says ${await answer.text()}`);
