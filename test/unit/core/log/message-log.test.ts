import { describe, expect, it } from 'vitest';
import { MessageLog } from '../../../../src/core/log/message-log.js';
import type { Message } from '../../../../src/core/message.js';

function message(seq: number, key = 'k'): Message {
  return { seq, time: seq, key, value: seq };
}

function filled(
  messages: number,
  retention: { messages: number; bytes: number },
  size = 10,
): MessageLog {
  const log = new MessageLog(retention);
  for (let seq = 1; seq <= messages; seq++) log.append(message(seq, `k${seq % 3}`), size);
  return log;
}

const seqs = (messages: Iterable<Message>): number[] => [...messages].map(({ seq }) => seq);

describe('message log', () => {
  it('begins at sequence number 1 with nothing retained', () => {
    const log = new MessageLog();
    expect([log.first, log.next, log.bytes, log.latest.size]).toEqual([1, 1, 0, 0]);
    expect(seqs(log.from(1))).toEqual([]);
  });

  it('keeps the newest messages up to the count limit', () => {
    const log = filled(10, { messages: 4, bytes: 1e9 });
    expect([log.first, log.next, log.bytes]).toEqual([7, 11, 40]);
    expect(seqs(log.from(1))).toEqual([7, 8, 9, 10]);
    expect(seqs(log.from(9))).toEqual([9, 10]);
    expect(seqs(log.from(11))).toEqual([]);
  });

  it('keeps the newest messages up to the byte limit', () => {
    const log = filled(10, { messages: 100, bytes: 35 });
    expect(seqs(log.from(1))).toEqual([8, 9, 10]);
    expect(log.bytes).toBe(30);
  });

  it('keeps the newest message even when it alone exceeds the byte limit', () => {
    const log = filled(3, { messages: 100, bytes: 5 });
    expect(seqs(log.from(1))).toEqual([3]);
  });

  it('forgets the key that has not changed for longest when there are too many, and counts it', () => {
    const log = new MessageLog({ messages: 100, bytes: 1e6, keys: 3 });
    for (const [i, key] of ['a', 'b', 'c', 'a', 'd', 'e'].entries()) {
      log.append({ seq: i + 1, time: 0, key, value: i }, 10);
    }
    expect([...log.latest.between(0, 100)].map(({ key }) => key)).toEqual(['a', 'd', 'e']);
    expect([log.latest.size, log.latest.forgotten]).toEqual([3, 2]);
  });

  it('gives the newest message of every key in sequence order, whatever the retention', () => {
    const log = new MessageLog({ messages: 2, bytes: 1e9 });
    ['a', 'b', 'a', 'c', 'c', 'c'].forEach((key, i) => {
      log.append(message(i + 1, key), 1);
    });
    expect([...log.latest.between(0, 100)].map(({ seq, key }) => `${key}${seq}`)).toEqual([
      'b2',
      'a3',
      'c6',
    ]);
    expect(log.first).toBe(5);
  });
});
