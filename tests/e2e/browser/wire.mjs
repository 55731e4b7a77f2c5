/**
 * The wire between a browser and the server, with scissors: a relay of TCP that, once cut, carries nothing and
 * says nothing, as a network does whose cable is out. New connections are taken and stay dumb.
 */

import { createConnection, createServer } from 'node:net';

export async function layWire(address) {
  const { hostname, port } = new URL(address);
  const sockets = new Set();
  let cut = false;
  const both = (act) => sockets.forEach(act);
  const server = createServer((near) => {
    const far = createConnection(Number(port), hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ]) {
      sockets.add(from);
      from.setNoDelay(true);
      from.on('data', (bytes) => to.write(bytes));
      from.on('error', () => to.destroy());
      // An end is news, too: nobody hears of it while the wire is cut.
      from.on('close', () => {
        sockets.delete(from);
        if (!cut) to.destroy();
      });
      if (cut) from.pause();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    http: `http://127.0.0.1:${server.address().port}`,
    cut() {
      cut = true;
      both((socket) => socket.pause());
    },
    mend() {
      cut = false;
      both((socket) => socket.resume());
    },
    close() {
      both((socket) => socket.destroy());
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
