import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Publisher } from '../../../../bench/worker-server/publisher.js';
import { hashFeed } from '../../../../bench/workload/feed-hash.js';
import {
  canonical,
  type FeedSpec,
  openFeed,
  planFeed,
} from '../../../../bench/workload/feed-plan.js';
import { ReadAhead } from '../../../../bench/workload/read-ahead.js';
import { loadCodec } from '../../../../src/codecs/registry.js';
import { Broadcast } from '../../../../src/core/broadcast.js';
import { fixedRate } from '../../../../src/pacer/schedule.js';
import { openSource } from '../../../../src/sources/registry.js';
import type { SourceItem } from '../../../../src/sources/source.js';
import { FakeClock } from '../../../support/core/fake-clock.js';
import { settled } from '../../../support/source/list-source.js';
import { take, withFile } from '../../../support/source/sources.js';

const SPEC: FeedSpec = {
  source: 'synthetic',
  seed: 1,
  sizeBytes: 0,
  symbols: 5,
  ratePerSecond: 300,
  speed: 1,
  warmupMs: 100,
  durationMs: 500,
};

async function itemsOf(spec: FeedSpec, count: number): Promise<SourceItem[]> {
  const { seed, sizeBytes, symbols } = spec;
  const source = await openSource(spec.source, { seed, sizeBytes, symbols, loop: true });
  const items = await take(source, count);
  await source.close();
  return items;
}

describe('planFeed', () => {
  it('is what the source gives at the times of the schedule, in the window only', async () => {
    const plan = await planFeed(SPEC);
    // Message n is due at n ÷ 300 s: 30 … 179 of [100 ms, 600 ms), and sequence numbers begin at 1.
    expect([plan.first, plan.last]).toEqual([31, 180]);
    expect([...plan.due]).toEqual(
      Array.from({ length: 150 }, (_, i) => Math.round(((i + 30) * 1e6) / 300)),
    );
    const items = await itemsOf(SPEC, 180);
    const lines = items.slice(30).map(({ key, value }) => `${JSON.stringify([key, value])}\n`);
    expect([...plan.checksum]).toEqual(lines.map((line) => crc32(line)));
    const order = [...new Set(items.map(({ key }) => key))];
    expect([...plan.key]).toEqual(items.slice(30).map(({ key }) => order.indexOf(key)));
    expect(plan.keys).toBe(order.length);
    expect([...plan.warmup.due]).toEqual(
      Array.from({ length: 30 }, (_, i) => Math.round((i * 1e6) / 300)),
    );
    expect([...plan.warmup.key]).toEqual(items.slice(0, 30).map(({ key }) => order.indexOf(key)));
  });

  it('is what the publisher then publishes: the same range, the same content, at those times', async () => {
    const plan = await planFeed(SPEC);
    const t0 = 1_700_000_000_000_000;
    const clock = new FakeClock(t0);
    const broadcast = new Broadcast({ clock, encoder: await loadCodec('line-json') });
    const published: SourceItem[] = [];
    const publishOne = broadcast.publish.bind(broadcast);
    broadcast.publish = (key, value, time) => {
      published.push({ key, value });
      return publishOne(key, value, time);
    };
    const start = t0 + 100_000;
    const end = start + 500_000;
    const { seed, sizeBytes, symbols } = SPEC;
    const feed = new ReadAhead(
      await openSource('synthetic', { seed, sizeBytes, symbols, loop: true }),
    );
    await settled();
    const window = { t0, start, end, deadline: end + 1e6 };
    const publisher = new Publisher(broadcast, clock, fixedRate(300), feed, window, () => {});
    while (!publisher.finished) {
      publisher.publishDue();
      clock.advance(5);
    }
    expect(publisher.range).toEqual({ first: plan.first, last: plan.last });
    const inWindow = published.slice(plan.first - 1);
    expect(inWindow.map((item) => crc32(canonical(item)))).toEqual([...plan.checksum]);
    const hash = createHash('sha256');
    for (const item of published) hash.update(canonical(item));
    expect(await hashFeed(await openFeed(SPEC), publisher.published)).toBe(hash.digest('hex'));
  });

  it('another seed is another feed; the same one is the same, however often it is planned', async () => {
    const [one, again, other] = await Promise.all([SPEC, SPEC, { ...SPEC, seed: 2 }].map(planFeed));
    expect(again).toEqual(one);
    expect(other!.checksum).not.toEqual(one!.checksum);
    expect(other!.due).toEqual(one!.due);
  });

  it('keeps the recorded pace of a replay, over the end of the file and on', async () => {
    const rows = 'time,key,value\n0.000,a,1\n0.010,b,2\n0.030,c,3\n';
    await withFile('feed.csv', rows, async (path) => {
      const spec = {
        ...SPEC,
        source: `replay:${path}?unit=s`,
        ratePerSecond: null,
        warmupMs: 0,
        durationMs: 100,
      };
      const plan = await planFeed(spec);
      const items = await itemsOf(spec, 10);
      const first = items[0]?.time as number;
      const due = items
        .map(({ time }) => (time as number) - first)
        .filter((micros) => micros < 100_000);
      expect([...plan.due]).toEqual(due);
      expect(plan.due.length).toBeGreaterThan(3);
      expect(plan.keys).toBe(3);
    });
  });

  it('a window without a message has none, and begins behind those of the warm-up', async () => {
    const plan = await planFeed({ ...SPEC, ratePerSecond: 1, warmupMs: 1_500, durationMs: 400 });
    expect(plan).toMatchObject({ first: 3, last: 2, due: new Float64Array(0) });
  });

  it('refuses a run of more than two million messages, saying so', async () => {
    // Those of the warm-up count, and are not hashed.
    const plan = planFeed({ ...SPEC, ratePerSecond: 10_000_000, warmupMs: 60_000 });
    await expect(plan).rejects.toMatchObject({
      code: 'LAB_ERR_BAD_VALUE',
      message: expect.stringContaining('more than 2000000 messages'),
    });
  }, 60_000);
});

describe('canonical', () => {
  it('is one line of JSON, whatever the value', () => {
    expect(canonical({ key: 'a"', value: { b: [1, null, 'é'] } })).toBe(
      '["a\\"",{"b":[1,null,"é"]}]\n',
    );
    expect(canonical({ key: '', value: Uint8Array.of(1, 2, 255) })).toBe(
      '["",{"base64":"AQL/"}]\n',
    );
  });

  it('is the same before and after either codec', async () => {
    for (const name of ['line-json', 'msgpack']) {
      const codec = await loadCodec(name);
      const values = [
        { b: 1.5, a: -0 },
        [1e300, 5e-324, 2 ** 53],
        'é😀',
        false,
        null,
        Uint8Array.of(0, 200),
      ];
      for (const value of values) {
        const bytes = Buffer.alloc(300);
        const end = codec.encode({ seq: 1, time: 1, key: 'k', value }, bytes, 0);
        const item = codec.decode(bytes, 0, end)?.item as SourceItem;
        expect(canonical(item)).toBe(canonical({ key: 'k', value }));
      }
    }
  });
});
