import { expect, it } from 'vitest';
import { EncodeTimer } from '../../../../bench/worker-server/encode-timer.js';
import type { Codec } from '../../../../src/codecs/codec.js';
import { loadCodec } from '../../../../src/codecs/registry.js';
import { Broadcast } from '../../../../src/core/broadcast.js';
import { FakeClock } from '../../../support/core/fake-clock.js';

const real = await loadCodec('line-json');

/** Codec whose encoding takes `micros` of the clock. */
function slow(clock: FakeClock, micros: () => number): Codec {
  return Object.assign(Object.create(real) as Codec, {
    encode: (...args: Parameters<Codec['encode']>) => {
      clock.spend(micros());
      return real.encode(...args);
    },
  });
}

it('is what encoding took in the window, and nothing else of publishing', () => {
  const clock = new FakeClock(1_700_000_000_000_000);
  let micros = 9_000;
  const timer = new EncodeTimer(
    slow(clock, () => micros),
    clock,
  );
  const broadcast = new Broadcast({ clock, encoder: timer.codec });
  broadcast.publish('before', 1);
  expect(timer.mean).toBeNull();
  timer.start();
  // The 1st, the 65th and the 129th are timed.
  for (let i = 0; i < 129; i++) {
    micros = i % 64 === 0 ? 10 + i : 7_000;
    broadcast.publish('key', i);
    clock.spend(50_000);
  }
  expect(timer.mean).toBe((10 + 74 + 138) / 3);
});

it('counts a message that found no room once, and one that is refused not at all', () => {
  const clock = new FakeClock(0);
  const timer = new EncodeTimer(
    slow(clock, () => 40),
    clock,
  );
  timer.start();
  const message = { seq: 1, time: 5, key: 'k', value: 'v' };
  expect(timer.codec.encode(message, Buffer.alloc(4), 0)).toBe(-1);
  expect(timer.mean).toBeNull();
  expect(() => timer.codec.encode({ ...message, seq: -1 }, Buffer.alloc(99), 0)).toThrow();
  for (let i = 0; i < 63; i++) timer.codec.encode(message, Buffer.alloc(99), 0);
  expect(timer.mean).toBe(40);
});

it('changes no byte', () => {
  const { codec } = new EncodeTimer(real, new FakeClock(0));
  const message = { seq: 7, time: 5, key: 'k', value: { a: [1, null] } };
  const bytes = Buffer.alloc(200);
  const end = codec.encode(message, bytes, 0);
  expect(codec.decode(bytes, 0, end)).toEqual({ item: message, end });
  expect([codec.name, codec.text, codec.maxMessageBytes]).toEqual([
    real.name,
    real.text,
    real.maxMessageBytes,
  ]);
});
