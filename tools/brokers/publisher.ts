/** Publishes to a broker at a fixed rate what `lab serve` would. A forked process. */
import { connect } from 'node:net';
import { send, serveChannel } from '../../bench/process/channel.js';
import { lineJson } from '../../src/codecs/line-json.js';
import { systemClock } from '../../src/core/clock.js';
import { openSource } from '../../src/sources/registry.js';
import { startPace } from '../fanout/pace.js';
import type { FromPublisher, ToPublisher } from './messages.js';
import { systemNamed } from './systems.js';

const MOST_BYTES = 64 * 1024;

async function publish(order: ToPublisher & { readonly type: 'publish' }): Promise<void> {
  const { wire } = systemNamed(order.system);
  const clock = systemClock(order.anchor);
  const codec = lineJson();
  const options = { seed: 1, sizeBytes: order.sizeBytes, symbols: 100, loop: true };
  const source = await openSource('synthetic', options);
  const socket = connect({ port: order.port, host: '127.0.0.1', noDelay: true });
  socket.resume();
  socket.write(wire.hello ?? '');
  const line = Buffer.alloc(MOST_BYTES);
  let seq = 0;
  let corked = false;
  startPace(order.anchor, clock, order.ratePerSecond, () => {
    const item = source.pull?.();
    if (item === undefined) throw new Error('the synthetic source has no end');
    seq += 1;
    // Without its newline: the wire frames it.
    const bytes = codec.encode({ seq, time: Math.floor(clock.now()), ...item }, line, 0) - 1;
    if (!corked) {
      corked = true;
      socket.cork();
      setImmediate(() => {
        corked = false;
        socket.uncork();
      });
    }
    socket.write(
      `${wire.before?.(bytes) ?? ''}${line.toString('latin1', 0, bytes)}${wire.after ?? ''}`,
      'latin1',
    );
  });
  send<FromPublisher>({ type: 'publishing' });
}

serveChannel<ToPublisher>(async (message) => {
  if (message.type === 'publish') await publish(message);
  else process.exit(0);
});
