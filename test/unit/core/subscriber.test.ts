import { describe, expect, it } from 'vitest';
import { type CatchUp, Snapshot } from '../../../src/core/catch-up/catch-up.js';
import { EncodedLog } from '../../../src/core/log/encoded-log.js';
import { MessageLog } from '../../../src/core/log/message-log.js';
import { overflowPolicy } from '../../../src/core/overload/policy.js';
import { Subscriber } from '../../../src/core/subscriber.js';
import { codeOf } from '../../support/core/code-of.js';
import { RecordingSink } from '../../support/core/recording-sink.js';
import { TinyEncoder } from '../../support/core/tiny-encoder.js';

function logOf(messages: number, retained = 1_000): EncodedLog {
  const log = new EncodedLog(new TinyEncoder(), { retention: { messages: retained, bytes: 1e9 } });
  extend(log, messages);
  return log;
}

/** A snapshot of as many keys. */
function snapshotOf(keys: number): CatchUp {
  const messages = new MessageLog({ messages: 10, bytes: 1e9 });
  for (let seq = 1; seq <= keys; seq++)
    messages.append({ seq, time: 0, key: `k${seq}`, value: 'v' }, 1);
  return new Snapshot({ encoder: new TinyEncoder(), keys: undefined, messages });
}

function extend(log: EncodedLog, messages: number): void {
  const first = log.head + 1;
  for (let seq = first; seq < first + messages; seq++) {
    const message = { seq, time: 0, key: 'k', value: 'v' };
    log.stage(message);
    log.commit(message);
  }
}

function subscriber(
  log: EncodedLog,
  sink: RecordingSink,
  options: { policy?: string; position?: number; missed?: number; catchUp?: CatchUp } = {},
): Subscriber {
  const position = options.position ?? log.head;
  return new Subscriber(log, overflowPolicy(options.policy ?? 'drop-oldest'), sink, {
    position,
    next: position + 1,
    missed: options.missed ?? 0,
    catchUp: options.catchUp,
  });
}

describe('subscriber', () => {
  it('reads the snapshot first, then the live log from its cursor', () => {
    const log = logOf(5);
    const sink = new RecordingSink({ maxBytes: 7 });
    const reader = subscriber(log, sink, { catchUp: snapshotOf(2) });
    extend(log, 2);
    expect([reader.snapshotCount, reader.inSnapshot, reader.lag]).toEqual([2, true, 2]);
    sink.flush(reader);
    expect(sink.seqs).toEqual([1, 2, 6, 7]);
    expect([reader.inSnapshot, reader.lag, reader.position]).toEqual([false, 0, 7]);
  });

  it('reads the same slice again until it is advanced', () => {
    const log = logOf(3);
    const reader = subscriber(log, new RecordingSink(), { position: 0 });
    expect(reader.read(1_000)).toBe(reader.read(1_000));
  });

  it('drop-oldest goes on at the oldest retained message and tells exactly how many it skipped', () => {
    const log = logOf(0, 4);
    const sink = new RecordingSink();
    const reader = subscriber(log, sink);
    extend(log, 11);
    sink.flush(reader);
    sink.flush(reader);
    expect(sink.events).toEqual(['lagged:7', 8, 9, 10, 11]);
    expect(sink.told).toEqual([{ missed: 7, next: 8 }]);
    expect(reader.dropped).toBe(7);
  });

  it('tells each overrun once, and the counts add up', () => {
    const log = logOf(0, 4);
    const sink = new RecordingSink();
    const reader = subscriber(log, sink);
    for (const more of [6, 3, 9]) {
      extend(log, more);
      sink.flush(reader);
    }
    expect(sink.told.map(({ missed }) => missed)).toEqual([2, 5]);
    expect(reader.dropped + sink.seqs.length).toBe(18);
  });

  it('overtaken several times before it reads again, it counts each time and tells once', () => {
    const log = logOf(0, 4);
    const sink = new RecordingSink();
    const reader = subscriber(log, sink);
    const lags: number[] = [];
    for (const more of [6, 3, 9]) {
      extend(log, more);
      lags.push(reader.lag);
      expect([reader.endIfOverrun(), reader.applyOverflowPolicy()]).toEqual([false, true]);
    }
    expect([lags, sink.skips, sink.told, reader.dropped]).toEqual([[4, 4, 4], [2, 3, 9], [], 14]);
    sink.flush(reader);
    expect(sink.events).toEqual(['lagged:14', 15, 16, 17, 18]);
    expect(sink.told).toEqual([{ missed: 14, next: 15 }]);
    expect(reader.dropped).toBe(14);
  });

  it('that is to finish and was overtaken beyond its last message still hears of what it missed, then of the end', () => {
    const log = logOf(0, 4);
    const sink = new RecordingSink();
    const reader = subscriber(log, sink);
    extend(log, 2);
    reader.finish();
    extend(log, 6);
    reader.applyOverflowPolicy();
    reader.finish();
    expect(sink.events).toEqual([]);
    sink.flush(reader);
    expect(sink.events).toEqual(['lagged:4', 'end:closed']);
  });

  it('a subscriber overtaken while it reads its snapshot is told after the snapshot', () => {
    const log = logOf(0, 4);
    const sink = new RecordingSink();
    const reader = subscriber(log, sink, { catchUp: snapshotOf(1) });
    extend(log, 6);
    sink.flush(reader);
    expect(sink.events).toEqual([1, 'lagged:2', 3, 4, 5, 6]);
  });

  it('disconnect ends the subscription instead of skipping, whether it reads or not', () => {
    const log = logOf(0, 4);
    const [reading, silent] = [new RecordingSink(), new RecordingSink()];
    const reader = subscriber(log, reading, { policy: 'disconnect' });
    const blocked = subscriber(log, silent, { policy: 'disconnect' });
    extend(log, 4);
    expect(blocked.endIfOverrun()).toBe(false);
    extend(log, 1);
    reading.flush(reader);
    expect(blocked.endIfOverrun()).toBe(true);
    expect([reading.events, silent.events]).toEqual([
      ['end:LAB_ERR_LAGGED'],
      ['end:LAB_ERR_LAGGED'],
    ]);
    expect([reader.read(100), reader.dropped, reader.ended]).toEqual([undefined, 0, true]);
  });

  it('tells what a replay could no longer give once, before the first message', () => {
    const log = logOf(10, 4);
    const sink = new RecordingSink();
    const reader = new Subscriber(log, overflowPolicy('drop-oldest'), sink, {
      position: log.positionOf(2),
      next: 2,
      missed: log.completeFrom - 2,
    });
    sink.flush(reader);
    sink.flush(reader);
    expect(sink.events).toEqual(['lagged:5', 7, 8, 9, 10]);
    expect(sink.told).toEqual([{ missed: 5, next: 7 }]);
  });

  it('finish ends a subscriber in step at once, and one that lags when it has caught up', () => {
    const log = logOf(3);
    const [inStep, behind] = [new RecordingSink(), new RecordingSink()];
    subscriber(log, inStep).finish();
    const late = subscriber(log, behind, { position: 1, catchUp: snapshotOf(1) });
    late.finish();
    expect([inStep.events, behind.events]).toEqual([['end:closed'], []]);
    extend(log, 1);
    behind.flush(late);
    // The message published after `finish` lay in the same slice; what counts is that none before
    // it is missing.
    expect(behind.events.slice(0, 3)).toEqual([1, 2, 3]);
    expect(behind.events.at(-1)).toBe('end:closed');
  });

  it('ends once, and after that gives nothing', () => {
    const log = logOf(3);
    const sink = new RecordingSink();
    const reader = subscriber(log, sink, { position: 0 });
    reader.end('closed');
    reader.end('LAB_ERR_LAGGED');
    sink.flush(reader);
    expect(sink.events).toEqual(['end:closed']);
  });

  it('a detached subscriber tells its sink nothing', () => {
    const sink = new RecordingSink();
    const reader = subscriber(logOf(3), sink, { position: 0 });
    reader.detach();
    reader.end('closed');
    sink.flush(reader);
    expect(sink.events).toEqual([]);
  });
});

describe('overflow policies', () => {
  it('refuses an unknown policy and names the known ones', () => {
    expect(codeOf(() => overflowPolicy('drop-all'))).toBe('LAB_ERR_UNKNOWN_POLICY');
    expect(() => overflowPolicy('')).toThrow(/unknown overload policy ''/);
  });
});
