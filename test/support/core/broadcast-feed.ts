import { Broadcast } from '../../../src/core/broadcast.js';
import type { BroadcastOptions, SubscribeRequest } from '../../../src/core/broadcast-options.js';
import { FakeClock } from './fake-clock.js';
import { RecordingSink } from './recording-sink.js';
import { TinyEncoder } from './tiny-encoder.js';

/** The codec of every feed here and, unless they ask for another, of its subscribers. */
export const tiny = new TinyEncoder();

/** A broadcast on a fake clock, with short ways to publish to it and to join it. */
export function feed(options: Partial<BroadcastOptions> = {}) {
  const clock = new FakeClock();
  const broadcast = new Broadcast({ clock, encoder: tiny, ...options });
  const publish = (count: number, key = 'k'): void => {
    for (let i = 0; i < count; i++) broadcast.publish(key, 'v');
  };
  const join = (request: Partial<SubscribeRequest> = {}, sink = new RecordingSink()) => ({
    sink,
    subscriber: broadcast.subscribe({ encoder: tiny, ...request }, sink),
  });
  return { clock, broadcast, publish, join };
}

/** Another codec, whose messages are 9 bytes longer. */
export const padded = new (class extends TinyEncoder {
  override encode(...[message, into, offset]: Parameters<TinyEncoder['encode']>): number {
    return super.encode(
      { ...message, value: `${String(message.value)}${'+'.repeat(9)}` },
      into,
      offset,
    );
  }
})('padded');

/** The whole numbers from `from` to `to`, both included. */
export const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);
