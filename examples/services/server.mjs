// A web server that takes half a second until it listens, as most do. Without its database it fails.
import { createServer } from 'node:http';
import { env, exit } from 'node:process';

setTimeout(() => {
  if (env.DATABASE === 'down') {
    console.error('Error: connect ECONNREFUSED 127.0.0.1:5432');
    exit(1);
  }
  const server = createServer((_, answer) => answer.end('hello'));
  server.listen(Number(env.PORT), '127.0.0.1', () => console.log('listening'));
}, 500);
