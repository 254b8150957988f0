import { expect, test } from 'vitest';
import { parsePorts, parseSockets } from './parse-sockets.ts';

// As recorded on Linux 6: 127.0.0.1:8123 listens, a connection to it does not, [::]:8123 listens too.
const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1FBB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 61234 1 0000000000000000 100 0 0 10 0
   1: 0100007F:1FBB 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 61235 1 0000000000000000 20 4 30 10 -1
   2: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000    33        0 61236 1 0000000000000000 100 0 0 10 0`;
const TCP6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:1FBB 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 71234 1 0000000000000000 100 0 0 10 0
   1: 00000000000000000000000001000000:1FBC 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 71235 1 0000000000000000 100 0 0 10 0
   2: 0000000000000000FFFF00000100007F:1FBD 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 71236 1 0000000000000000 100 0 0 10 0
   3: B80D0120000000000000000001000000:1FBE 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 71237 1 0000000000000000 100 0 0 10 0`;

test('the sockets that listen on a port are found, its connections are not', () => {
  expect(parseSockets(TCP, 8123)).toEqual([{ address: '127.0.0.1', user: 0, inode: '61234' }]);
  expect(parseSockets(TCP, 80)).toEqual([{ address: '0.0.0.0', user: 33, inode: '61236' }]);
  expect(parseSockets(TCP, 8124)).toEqual([]);
});

test.each([
  [8123, '::'],
  [8124, '::1'],
  [8125, '::ffff:127.0.0.1'],
  [8126, '2001:db8::1'],
])('the socket of IPv6 on port %i has the address %s', (port, address) =>
  expect(parseSockets(TCP6, port)).toEqual([expect.objectContaining({ address, user: 1000 })]),
);

test('a machine with the other byte order writes the same address otherwise', () =>
  expect(parseSockets(TCP.replaceAll('0100007F', '7F000001'), 8123, 'BE')).toMatchObject([{ address: '127.0.0.1' }]));

test.each(['', 'garbage', '0: x', '0: XYZ:0050 x 0A a b c 0 0 1'])('of %j nothing is read', (text) =>
  expect(parseSockets(text, 80)).toEqual([]),
);

test('every port on which somebody listens has its socket', () => {
  expect(parsePorts(TCP)).toEqual([
    { port: 8123, inode: '61234' },
    { port: 80, inode: '61236' },
  ]);
  expect(parsePorts(TCP6).map(({ port }) => port)).toEqual([8123, 8124, 8125, 8126]);
  expect(parsePorts('garbage\n0: XYZ x 0A')).toEqual([]);
});
