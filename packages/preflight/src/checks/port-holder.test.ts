import { expect, test } from 'vitest';
import { listenersOf } from './port-holder.ts';

// As recorded on Linux 6: 127.0.0.1:8123 listens, a connection to it does not, [::]:8123 listens too.
const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1FBB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 61234 1 0000000000000000 100 0 0 10 0
   1: 0100007F:1FBB 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 61235 1 0000000000000000 20 4 30 10 -1
   2: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 61236 1 0000000000000000 100 0 0 10 0`;
const TCP6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:1FBB 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 71234 1 0000000000000000 100 0 0 10 0`;

test('the sockets that listen on a port are found, its connections are not', () => {
  expect([listenersOf(TCP, 8123), listenersOf(TCP, 80), listenersOf(TCP, 8124)]).toEqual([['61234'], ['61236'], []]);
  expect(listenersOf(TCP6, 8123)).toEqual(['71234']);
});

test.each(['', 'garbage', '0: x'])('of %j nothing is read', (text) => expect(listenersOf(text, 80)).toEqual([]));
