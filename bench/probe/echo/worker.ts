/**
 * One end of an echo: a process of its own, started with `fork(script, [JSON of its role])`. Tells
 * its parent an `EchoReply`; a client that is sent anything ends with what it has. Ends when the
 * parent lets go.
 */
import { createSocket } from 'node:dgram';
import { createServer, isIPv6 } from 'node:net';
import { leaveStopSignals } from '../../process/stop-signals.js';
import { exchangeNative, serveNative } from './native-echo.js';
import type { EchoClientRole, EchoReply, EchoServerRole } from './roles.js';

leaveStopSignals();
process.once('disconnect', () => process.exit(0));
if (process.send === undefined) {
  process.stderr.write('echo-worker is started by the lab, not by hand\n');
  process.exit(2);
} else {
  play(JSON.parse(process.argv[2] as string)).catch((error: unknown) =>
    tell({ error: error instanceof Error ? error.message : String(error) }),
  );
}

async function play(role: EchoClientRole | EchoServerRole): Promise<void> {
  if (role.kind === 'client') {
    const stop = new AbortController();
    process.once('message', () => stop.abort());
    tell({ exchanged: await exchangeNative(role, stop.signal) });
  } else if (role.via === 'native') await serveNative(role, (port) => tell({ port }));
  else if (role.transport === 'udp') serveUdp(role.ip);
  else serveTcp(role.ip);
}

function tell(reply: EchoReply): void {
  process.send?.(reply);
}

function serveTcp(host: string): void {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    socket.pipe(socket);
  });
  server.on('error', (error) => tell({ error: error.message }));
  server.listen(0, host, () => {
    const address = server.address();
    if (typeof address === 'object' && address !== null) tell({ port: address.port });
  });
}

function serveUdp(host: string): void {
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  socket.on('error', (error) => tell({ error: error.message }));
  // A reply that cannot be sent is a lost reply: the client's timeout counts it.
  socket.on('message', (bytes, from) => socket.send(bytes, from.port, from.address, () => {}));
  socket.bind(0, host, () => tell({ port: socket.address().port }));
}
