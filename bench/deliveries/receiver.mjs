// A receiver of webhooks that misbehaves. It does not use the product's own code: a judge that used it would repeat its errors.
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';

export const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

/** What a request meets, and how often of 100. Only the last three are told. */
const FATES = [
  ['500', 9],
  ['429 with Retry-After', 6],
  ['a redirect', 6],
  ['reset before reading', 7],
  ['reset after reading', 7],
  ['closed for 300 ms', 3],
  ['no answer', 2],
  ['404', 3],
  ['told, endless body', 3],
  ['told, after 400 ms', 6],
  ['told', 20],
];

/** So many requests of one delivery may meet a fault. */
const MOST_FAULTS = 3;

/**
 * @param random numbers from 0 to 1
 * @returns its address, what it was told by id, how often it met which fate, and forged or malformed requests
 */
export async function openReceiver(random) {
  const told = new Map();
  const fates = new Map();
  const wrong = [];
  const met = new Map();
  const server = createServer((request, response) => {
    request.on('error', () => {});
    response.on('error', () => {});
    const id = request.headers['webhook-id'];
    met.set(id, (met.get(id) ?? 0) + 1);
    const fate = met.get(id) > MOST_FAULTS ? 'told' : fateOf(random());
    fates.set(fate, (fates.get(fate) ?? 0) + 1);
    if (fate === 'reset before reading') return request.socket.resetAndDestroy();
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => answer(fate, request, response, body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();

  function answer(fate, request, response, body) {
    const id = request.headers['webhook-id'];
    const why = forged(request.headers, body);
    if (why !== undefined) wrong.push(`${id}: ${why}`);
    const tell = (send) => {
      told.set(id, (told.get(id) ?? 0) + 1);
      send();
    };
    if (fate === '500') response.writeHead(500).end('no');
    else if (fate === '404') response.writeHead(404).end();
    else if (fate === '429 with Retry-After') response.writeHead(429, { 'retry-after': '1' }).end();
    else if (fate === 'a redirect') response.writeHead(307, { location: `http://127.0.0.1:${port}/elsewhere` }).end();
    else if (fate === 'reset after reading') request.socket.resetAndDestroy();
    else if (fate === 'closed for 300 ms') {
      request.socket.destroy();
      server.close(() => {});
      server.closeAllConnections();
      setTimeout(() => server.listen(port, '127.0.0.1'), 300);
    } else if (fate === 'told, endless body')
      tell(() => {
        response.writeHead(200);
        const more = setInterval(
          () => (response.destroyed ? clearInterval(more) : response.write('x'.repeat(8192))),
          5,
        );
      });
    else if (fate === 'told, after 400 ms') setTimeout(() => tell(() => response.writeHead(202).end()), 400);
    else if (fate === 'told') tell(() => response.writeHead(204).end());
    if (request.url !== '/hook') wrong.push(`${id}: a redirect was followed`);
  }
  return {
    url: `http://127.0.0.1:${port}/hook`,
    told,
    fates,
    wrong,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function fateOf(number) {
  let left = number * FATES.reduce((sum, [, share]) => sum + share, 0);
  for (const [fate, share] of FATES) {
    left -= share;
    if (left < 0) return fate;
  }
  return 'told';
}

function forged({ 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signature }, body) {
  const key = Buffer.from(SECRET.slice('whsec_'.length), 'base64');
  const expected = `v1,${createHmac('sha256', key).update(`${id}.${time}.${body}`).digest('base64')}`;
  if (signature !== expected) return 'its signature is wrong';
  if (Math.abs(Number(time) - Date.now() / 1000) > 60) return 'its time is wrong';
  const { type, data } = JSON.parse(body);
  return type === 'run.ended' && id.startsWith(`${data.run}.`) && id.endsWith('.ended')
    ? undefined
    : 'its body is wrong';
}
