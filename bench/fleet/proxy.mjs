import { connect, createServer } from 'node:net';

/**
 * A TCP proxy that can be cut, as a network can be.
 * - `silent`: nothing passes, and nothing is refused; what was sent arrives later
 * - `deaf`: orders arrive, their answers do not
 * - `reset`: connections end at once
 */
export async function openProxy(toPort) {
  let cut;
  const pairs = new Set();
  const server = createServer((near) => {
    if (cut === 'reset') return near.destroy();
    const far = connect(toPort, '127.0.0.1');
    const pair = { near, far };
    pairs.add(pair);
    const end = () => {
      near.destroy();
      far.destroy();
      pairs.delete(pair);
    };
    for (const side of [near, far]) side.on('error', end).on('close', end).setNoDelay(true);
    near.pipe(far);
    far.pipe(near);
    apply(pair);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

  function apply({ near, far }) {
    if (cut === 'silent') near.unpipe(far).pause();
    if (cut !== undefined) far.unpipe(near).pause();
  }

  return {
    port: server.address().port,
    cut(how) {
      cut = how;
      for (const pair of pairs) {
        if (how === 'reset') pair.near.destroy();
        else apply(pair);
      }
    },
    heal() {
      cut = undefined;
      for (const { near, far } of pairs) {
        near.pipe(far);
        far.pipe(near);
      }
    },
    close() {
      for (const { near } of pairs) near.destroy();
      server.close();
    },
  };
}
