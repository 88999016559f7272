import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { EncodedLog } from '../../../../src/core/log/encoded-log.js';
import type { Message } from '../../../../src/core/message.js';
import { codeOf } from '../../../support/core/code-of.js';
import { TinyEncoder, tinyLine, tinySeqs } from '../../../support/core/tiny-encoder.js';

const BIG = { messages: 1_000, bytes: 1e9 };

function append(log: EncodedLog, ...messages: Message[]): void {
  for (const message of messages) {
    log.stage(message);
    log.commit(message);
  }
}

function message(seq: number, value = 'v', key = 'k'): Message {
  return { seq, time: 0, key, value };
}

/** A full collection, without starting Node with a flag. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
}

describe('encoded log', () => {
  it('gives every reader at one position the same slice object, until more is published', () => {
    const log = new EncodedLog(new TinyEncoder(), { retention: BIG });
    append(log, message(1), message(2));
    const slice = log.slice(0, 1_000);
    expect(slice).toMatchObject({ from: 0, to: 2, seq: 1 });
    expect(log.slice(0, 1_000)).toBe(slice);
    append(log, message(3));
    expect(log.slice(0, 1_000)).toMatchObject({ from: 0, to: 3 });
  });

  it('cuts a slice at the last whole message within the limit, but never gives less than one', () => {
    const log = new EncodedLog(new TinyEncoder(), { retention: BIG });
    append(log, message(1), message(2), message(3));
    const size = tinyLine(message(1)).length;
    expect(log.slice(0, 2 * size)?.to).toBe(2);
    expect(log.slice(0, 3 * size - 1)?.to).toBe(2);
    expect(log.slice(1, 1)).toMatchObject({ from: 1, to: 2, seq: 2 });
    expect(log.slice(3, 1_000)).toBeUndefined();
  });

  it('shows nothing of a message that was staged but not committed', () => {
    const log = new EncodedLog(new TinyEncoder(), { retention: BIG });
    append(log, message(1));
    log.stage(message(2, 'refused elsewhere'));
    expect([log.head, log.bytes]).toEqual([1, tinyLine(message(1)).length]);
    append(log, message(2, 'ok'));
    expect(log.slice(0, 1_000)?.bytes.toString()).toBe('1|k|v\n2|k|ok\n');
  });

  it('never changes bytes it has handed out, however much follows', () => {
    const log = new EncodedLog(new TinyEncoder(), { retention: { messages: 3, bytes: 1e9 } });
    append(log, message(1, 'x'.repeat(1_000)));
    const slice = log.slice(0, 1e6);
    const before = slice?.bytes.toString();
    for (let seq = 2; seq < 1_000; seq++) append(log, message(seq, 'y'.repeat(1_000)));
    expect(slice?.bytes.toString()).toBe(before);
  });

  it('lets go of memory that retention no longer covers', async () => {
    const used = new Set<ArrayBufferLike>();
    const noting = new (class extends TinyEncoder {
      override encode(...[item, into, offset]: Parameters<TinyEncoder['encode']>): number {
        used.add(into.buffer);
        return super.encode(item, into, offset);
      }
    })();
    const log = new EncodedLog(noting, { retention: { messages: 100, bytes: 1e9 } });
    for (let seq = 1; seq <= 5_000; seq++) append(log, message(seq, 'm'.repeat(5_000)));
    const memory = [...used].map((buffer) => new WeakRef(buffer));
    expect(memory.length).toBeGreaterThan(90);
    used.clear();
    // A WeakRef holds on to its target until the turn in which it was made is over.
    await new Promise<void>((resolve) => setImmediate(resolve));
    collectGarbage();
    const alive = memory.filter((reference) => reference.deref() !== undefined).length;
    // 100 × 5,000 bytes lie in at most three chunks of 256 KiB, and one more is being filled.
    expect(alive).toBeLessThanOrEqual(4);
    expect(log.head - log.first).toBe(100);
  });

  it('takes a message of any length up to the limit of the encoder, between others, in one piece', () => {
    const log = new EncodedLog(new TinyEncoder(), { retention: BIG });
    const lengths = [10, 200_000, 200_000, 900_000, 10, 300_000, 1];
    append(log, ...lengths.map((length, i) => message(i + 1, 'z'.repeat(length))));
    const found: number[] = [];
    for (let at = 0; at < log.head; ) {
      const slice = log.slice(at, 1e9);
      if (slice === undefined) break;
      expect(slice.from).toBe(at);
      found.push(...tinySeqs(slice.bytes));
      at = slice.to;
    }
    expect(found).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('goes on after a message that the encoder refused', () => {
    const log = new EncodedLog(new TinyEncoder('tiny', 500_000), { retention: BIG });
    append(log, message(1, 'a'.repeat(250_000)));
    expect(codeOf(() => log.stage(message(2, 'b'.repeat(600_000))))).toBe(
      'LAB_ERR_MESSAGE_TOO_LARGE',
    );
    log.stage(message(2, 'c'.repeat(400_000)));
    append(log, message(2, 'ok'), message(3, 'ok'));
    expect(tinySeqs(log.slice(1, 1e9)?.bytes ?? Buffer.alloc(0))).toEqual([2, 3]);
  });

  it('keeps out what its filter does not name, and finds positions by sequence number', () => {
    const log = new EncodedLog(new TinyEncoder(), { keys: new Set(['a']), retention: BIG });
    for (let seq = 1; seq <= 10; seq++) append(log, message(seq, 'v', seq % 3 === 0 ? 'a' : 'b'));
    expect([log.head, log.seqAt(0), log.seqAt(2)]).toEqual([3, 3, 9]);
    expect([1, 3, 4, 6, 7, 9, 10].map((seq) => log.positionOf(seq))).toEqual([0, 0, 1, 1, 2, 2, 3]);
  });

  it('knows from which sequence number on it misses nothing, with and without a filter', () => {
    const all = new EncodedLog(new TinyEncoder(), { retention: { messages: 4, bytes: 1e9 } });
    const some = new EncodedLog(new TinyEncoder(), {
      keys: new Set(['a']),
      retention: { messages: 2, bytes: 1e9 },
    });
    const late = new EncodedLog(new TinyEncoder(), { retention: BIG, completeFrom: 5 });
    expect([all.completeFrom, some.completeFrom, late.completeFrom]).toEqual([1, 1, 5]);
    for (let seq = 1; seq <= 10; seq++) {
      append(all, message(seq));
      append(some, message(seq, 'v', seq % 3 === 0 ? 'a' : 'b'));
    }
    expect(all.completeFrom).toBe(7);
    // 3 was evicted by 9: from 4 on everything of key 'a' (6 and 9) is there.
    expect(some.completeFrom).toBe(4);
  });
});
