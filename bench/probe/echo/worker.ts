/**
 * The far end of the echo baselines: a process of its own that sends back whatever it gets. Started
 * with `fork(script, [transport, host])`; tells its parent `{port}` or `{error}`; ends when the
 * parent lets go.
 */
import { createSocket } from 'node:dgram';
import { createServer, isIPv6 } from 'node:net';
import { leaveStopSignals } from '../../process/stop-signals.js';
import type { EchoWorkerMessage } from './echo.js';

const [transport, host = '127.0.0.1'] = process.argv.slice(2);

leaveStopSignals();
process.once('disconnect', () => process.exit(0));
if (process.send === undefined) {
  process.stderr.write('echo-worker is started by the lab, not by hand\n');
  process.exit(2);
} else if (transport === 'udp') serveUdp();
else serveTcp();

function tell(message: EchoWorkerMessage): void {
  process.send?.(message);
}

function serveTcp(): void {
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

function serveUdp(): void {
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  socket.on('error', (error) => tell({ error: error.message }));
  // A reply that cannot be sent is a lost reply: the client's timeout counts it.
  socket.on('message', (bytes, from) => socket.send(bytes, from.port, from.address, () => {}));
  socket.bind(0, host, () => tell({ port: socket.address().port }));
}
