import { describe, expect, test } from 'vitest';
import { loadCodec } from '../../../../src/codecs/registry.js';
import type { MessageValue } from '../../../../src/core/message.js';
import { recordedPace } from '../../../../src/pacer/schedule.js';
import { instantText, parseInstant, pointText } from '../../../../src/sources/recording-part.js';
import { openSource } from '../../../../src/sources/registry.js';
import type { RecordingPoint, TimeUnit } from '../../../../src/sources/source.js';
import { OPTIONS, replayOf, take, withFile } from '../../../support/source/sources.js';

/** Recorded at 10, 11, 11 and 14 s after 1970. */
const ROWS = 'time,key\n10,a\n11,b\n11,c\n14,d\n';

async function keysOf(
  from: RecordingPoint | null,
  to: RecordingPoint | null,
  rows = ROWS,
  timeUnit: TimeUnit | null = 's',
): Promise<string> {
  const items = await replayOf('a.csv', rows, { from, to, timeUnit });
  return items.map(({ key }) => key).join('');
}

describe('the part of a recording that is replayed', () => {
  test.each<[RecordingPoint | null, RecordingPoint | null, string]>([
    [null, null, 'abcd'],
    [{ at: 11e6 }, null, 'bcd'],
    [{ at: 11e6 + 1 }, null, 'd'],
    [null, { at: 11e6 }, 'a'],
    [null, { at: 11e6 + 1 }, 'abc'],
    [{ at: 11e6 }, { at: 14e6 }, 'bc'],
    [{ after: 0 }, { after: 4e6 }, 'abc'],
    [{ after: 1e6 }, { at: 99e6 }, 'bcd'],
    [{ at: -5e6 }, { after: 5e6 }, 'abcd'],
  ])('goes from %o, included, to %o, not included: %s', async (from, to, keys) => {
    expect(await keysOf(from, to)).toBe(keys);
  });

  test('keeps the recorded times, and is looped by its own extent and mean gap', async () => {
    await withFile('a.csv', ROWS, async (path) => {
      const from = { after: 1e6 };
      const source = await openSource(`replay:${path}`, {
        ...OPTIONS,
        timeUnit: 's',
        loop: true,
        from,
      });
      const times = (await take(source, 7)).map(({ time }) => time);
      // 11, 11, 14: extent 3 s, mean gap 1.5 s.
      expect(times).toEqual([11e6, 11e6, 14e6, 15.5e6, 15.5e6, 18.5e6, 20e6]);
    });
  });

  test('is refused when it is empty, with the time that was recorded', async () => {
    for (const [from, to] of [
      [{ at: 15e6 }, null],
      [null, { at: 10e6 }],
      [{ at: 12e6 }, { at: 13e6 }],
    ] as const) {
      await expect(keysOf(from, to)).rejects.toMatchObject({
        code: 'LAB_ERR_SOURCE_EMPTY',
        hint: expect.stringContaining('from 1970-01-01T00:00:10Z to 1970-01-01T00:00:14Z'),
      });
    }
  });

  test('is refused when it ends before it begins, or when nothing was timed', async () => {
    await expect(keysOf({ at: 12e6 }, { after: 1e6 })).rejects.toMatchObject({
      code: 'LAB_ERR_BAD_VALUE',
      message: 'to 1970-01-01T00:00:11Z is not after `from` 1970-01-01T00:00:12Z',
    });
    await expect(keysOf({ after: 1 }, null, 'key\na\n', null)).rejects.toMatchObject({
      code: 'LAB_ERR_BAD_VALUE',
      message: expect.stringContaining('have no times'),
    });
  });

  test('no other source takes a part', async () => {
    for (const part of [{ from: { after: 0 } }, { to: { at: 0 } }]) {
      await expect(openSource('synthetic', { ...OPTIONS, ...part })).rejects.toMatchObject({
        code: 'LAB_ERR_NO_EFFECT',
        hint: expect.stringContaining("`source: 'replay:FILE'`"),
      });
    }
  });
});

describe('a point as text', () => {
  test.each([
    ['2026-01-02T09:30:00Z', 1_767_346_200_000_000],
    ['2026-01-02T09:30:00.000001Z', 1_767_346_200_000_001],
    ['2026-01-02T09:30:00.25Z', 1_767_346_200_250_000],
    ['1969-12-31T23:59:59.9Z', -100_000],
    ['2000-10-10T10:10:10Z', 971_172_610_000_000],
  ])('%s is that time, both ways', (text, micros) => {
    expect(parseInstant(text)).toBe(micros);
    expect(instantText(micros)).toBe(text);
    expect(pointText({ at: micros })).toBe(text);
  });

  test('a date alone is its midnight, and a zone counts', () => {
    expect(parseInstant('2026-01-02')).toBe(Date.UTC(2026, 0, 2) * 1_000);
    expect(parseInstant('2026-01-02T09:30:00+01:00')).toBe(Date.UTC(2026, 0, 2, 8, 30) * 1_000);
  });

  test.each([
    '',
    '2026',
    '2026-01',
    '20260102',
    '1767346200',
    'Jan 2 2026',
    '2026-02-30',
    '2026-01-02T25:00',
  ])('%j is no such time', (text) => {
    expect(parseInstant(text)).toBeUndefined();
  });

  test('a duration is whole seconds, or milliseconds', () => {
    expect([0, 90e6, 1_500e3].map((after) => pointText({ after }))).toEqual([
      '0s',
      '90s',
      '1500ms',
    ]);
  });
});

describe('a recording of the wire', () => {
  /** What a recorder writes: each message as line-json has it, at the time it was published. */
  async function recorded(
    messages: readonly (readonly [number, string, MessageValue])[],
  ): Promise<Buffer> {
    const codec = await loadCodec('line-json');
    const file = Buffer.alloc(4_096);
    let end = 0;
    for (const [i, [time, key, value]] of messages.entries()) {
      end = codec.encode({ seq: i + 7, time, key, value }, file, end);
    }
    return file.subarray(0, end);
  }

  const t = 1_795_287_600_123_456;
  const MESSAGES = [
    [t, 'AAPL', { price: 219.68, volume: 100 }],
    [t + 1, 'blob', Buffer.from([0, 0xff, 0x0a, 0xde])],
    [t + 1, 'Zürich', 'текст'],
    [t + 250_001, 'empty', new Uint8Array(0)],
    [t + 1_000_000, '', [1, null, { deep: true }]],
  ] as const;

  test('gives the same keys, values and times, bytes as bytes', async () => {
    const items = await replayOf('feed.ndjson', await recorded(MESSAGES));
    expect(items.map(({ time, key }) => [time, key])).toEqual(
      MESSAGES.map(([time, key]) => [time, key]),
    );
    for (const [i, [, , value]] of MESSAGES.entries()) {
      const replayed = items[i]?.value;
      if (value instanceof Uint8Array) {
        expect(replayed).toBeInstanceOf(Uint8Array);
        expect(Buffer.from(replayed as Uint8Array)).toEqual(Buffer.from(value));
      } else {
        expect(replayed).toEqual(value);
      }
    }
  });

  test('is paced to the microsecond as it was published, messages of one time together, and on over the seam', async () => {
    await withFile('feed.ndjson', await recorded(MESSAGES), async (path) => {
      const source = await openSource(`replay:${path}`, { ...OPTIONS, loop: true });
      const items = await take(source, 7);
      const due = (speed: number): number[] => {
        const pace = recordedPace(speed);
        return items.map((item, n) => pace.dueMicros(n, item));
      };
      // Extent 1 s, mean gap 0.25 s.
      expect(due(1)).toEqual([0, 1, 1, 250_001, 1_000_000, 1_250_000, 1_250_001]);
      expect(due(0.5)).toEqual([0, 2, 2, 500_002, 2_000_000, 2_500_000, 2_500_002]);
      expect(due(1_000)).toEqual([0, 0, 0, 250, 1_000, 1_250, 1_250]);
    });
  });
});
