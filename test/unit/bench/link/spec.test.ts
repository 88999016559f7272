import { describe, expect, it } from 'vitest';
import { parseLink, parseLinks } from '../../../../bench/link/spec/parse.js';
import { readParts } from '../../../../bench/link/spec/parts.js';
import { PROFILE_NAMES, PROFILES } from '../../../../bench/link/spec/profiles.js';
import { LabError } from '../../../../src/errors.js';
import { specOf } from '../../../support/link/offered.js';

const noTrace = (): never => {
  throw new Error('there is no trace here');
};

function errorOf(text: string): LabError {
  try {
    specOf(text);
  } catch (error) {
    if (error instanceof LabError) return error;
    throw error;
  }
  throw new Error(`${text} was accepted`);
}

describe('a list of specs', () => {
  it('has one for each combination of the alternatives in braces', () => {
    const names = (text: string): string[] =>
      parseLinks('--link', text, noTrace).map(({ name }) => name);
    expect(names('delay={5ms,25ms}/loss={0%,1%},4g/loss={1%,2%}/burst=3')).toEqual([
      'delay=5ms',
      'delay=5ms/loss=1%',
      'delay=25ms',
      'delay=25ms/loss=1%',
      '4g/loss=1%/burst=3',
      '4g/loss=2%/burst=3',
    ]);
    expect(names('loss=list:2,3,delay=5ms')).toEqual(['loss=list:2,3', 'delay=5ms']);
    expect(() => names('delay={5ms,5ms}')).toThrow('twice');
    expect(() => names('delay={5ms')).toThrow('has a { without its }');
    // Of no effect at one of its losses.
    expect(() => names('delay=5ms/loss={0%,1%}/burst=3')).toThrow('has no effect without a loss');
  });
});

describe('a spec', () => {
  it('says of both directions what has no prefix, and of one what has', () => {
    const { up, down, uplink } = specOf(
      'delay=20ms/jitter=5ms/loss=1%/burst=3/dup=0.1%/reorder=1%/corrupt=0.01%/rate=12mbit/queue=200ms/up.delay=30ms',
    );
    expect(down).toEqual({
      rate: {
        capacity: { kind: 'constant', bitsPerSecond: 12_000_000 },
        queue: { unit: 'us', limit: 200_000 },
      },
      outage: undefined,
      loss: { kind: 'random', ratio: 0.01, burst: 3 },
      delayUs: 20_000,
      jitterUs: 5_000,
      duplicate: 0.001,
      reorder: 0.01,
      reorderUs: 10_000,
      corrupt: 0.0001,
    });
    expect(up).toEqual({ ...down, delayUs: 30_000 });
    expect(uplink).toBeUndefined();
  });

  it('has room for one bandwidth-delay product, but at least for ten full packets', () => {
    const limits = (text: string): unknown[] => {
      const { up, down } = specOf(text);
      return [up.rate?.queue, down.rate?.queue];
    };
    // 12 Mbit/s for 50 ms are 75,000 bytes.
    expect(limits('up.delay=20ms/down.delay=30ms/up.rate=12mbit/down.rate=400kbit')).toEqual([
      { unit: 'bytes', limit: 75_000 },
      { unit: 'bytes', limit: 15_000 },
    ]);
  });

  it('has room for as many packets in front of an uplink as Linux has', () => {
    expect(specOf('uplink=1gbit').uplink).toEqual({
      capacity: { kind: 'constant', bitsPerSecond: 1_000_000_000 },
      queue: { unit: 'packets', limit: 1_000 },
    });
    expect(specOf('uplink=1gbit/uplink.queue=64k').uplink?.queue).toEqual({
      unit: 'bytes',
      limit: 65_536,
    });
  });

  it('replaces parts of a profile, and keeps the others', () => {
    const { name, up, down, uplink } = specOf('wifi-bursty/loss=every:50/down.rate=1gbit');
    expect(name).toBe('wifi-bursty/loss=every:50/down.rate=1gbit');
    expect([up.delayUs, down.delayUs, uplink]).toEqual([1_000, 1_000, undefined]);
    expect([up.loss, down.loss]).toEqual(Array(2).fill({ kind: 'every', every: 50 }));
    expect(up.rate?.capacity).toEqual({ kind: 'constant', bitsPerSecond: 15_000_000 });
    expect(down.rate?.capacity).toEqual({ kind: 'constant', bitsPerSecond: 1_000_000_000 });
  });

  it('goes by a rate or a trace: that of its own direction, and of the spec over the profile', () => {
    const kinds = (text: string): unknown[] => {
      const { up, down } = specOf(text);
      return [up.rate?.capacity.kind, down.rate?.capacity.kind];
    };
    expect(kinds('lan/trace=x')).toEqual(['trace', 'trace']);
    expect(kinds('lan/up.trace=x')).toEqual(['trace', 'constant']);
    expect(kinds('rate=1mbit/down.trace=x')).toEqual(['constant', 'trace']);
    const { all } = readParts('link', ['rate=1mbit'], new Map([['up.trace', 'x']]));
    expect([...all.keys()]).toEqual(['up.rate', 'down.rate']);
  });

  it('takes a file with slashes for a trace, up to the next part', () => {
    const { down } = specOf('trace=/a/b%2Cd%25.trace', [2, 4]);
    expect(down.rate?.capacity).toEqual({
      kind: 'trace',
      file: '/a/b,d%.trace',
      atUs: [2_000, 4_000],
      sha256: '2,4',
    });
    const next = specOf('trace=/a/b.up/delay=5ms/down.rate=1mbit');
    expect(next.name).toBe('delay=5ms/down.rate=1mbit/up.trace=/a/b.up');
    expect(next.down.rate?.capacity.kind).toBe('constant');
    expect(specOf('trace=x/a%2Fb=c').name).toBe('trace=x/a%2Fb=c');
  });

  it.each([
    ['loss=1.0%/delay=1000us/burst=3.0', 'delay=1ms/loss=1%/burst=3'],
    ['up.loss=1%/down.loss=1%', 'loss=1%'],
    ['delay=0/jitter=0/loss=0%', 'none'],
    ['none/uplink=1000kbit', 'uplink=1mbit'],
    ['loss=1%/burst=3/down.loss=every:9', 'up.loss=1%/down.loss=every:9/up.burst=3'],
    ['4g', '4g'],
    ['4g/loss=1%/up.loss=0%', '4g/up.loss=0%/down.loss=1%'],
    ['outage=2000ms/7s', 'outage=2s/7s'],
    ['rate=0.57mbit/queue=025p', 'rate=570kbit/queue=25p'],
  ])('%s has the canonical name %s', (text, name) => {
    expect(specOf(text).name).toBe(name);
    expect(specOf(name)).toEqual(specOf(text));
  });

  it.each([
    ['loss=120%', "link loss '120%' is out of range", 'allowed: 0% to 100%'],
    ['loss=1', "link loss '1' is not a percentage", '5%'],
    ['up.loss=every:1', "link up.loss '1' is out of range", '2 to'],
    ['loss=list:3,2', 'is not ascending', 'list:2,3,4'],
    ['loss=0.0000000001%', 'finer than can be kept', '0.000001%'],
    ['loss=60%/burst=1.2', 'too short for a loss of 60%', '1.5'],
    ['loss=100%/burst=9', 'too short for a loss of 100%', 'no bursts'],
    ['rate=0', "link rate '0' is not a bit rate", '384kbit'],
    ['rate=0mbit', "link rate '0mbit' is out of range", '1kbit to 100gbit'],
    ['rate=12Mbit', 'is not a bit rate', '1.6mbit'],
    ['delay=20', 'is not a duration', '20ms'],
    ['delay=11s', 'is out of range', '0s to 10s'],
    ['delay=5ms/jitter=6ms', "link up.jitter '6ms' is more than the delay", 'longer delay'],
    ['rate=1mbit/queue=11ms', 'no room for a full packet', '12ms'],
    ['rate=1mbit/queue=1k', "'1k' is out of range", '1500'],
    ['rate=1mbit/queue=x', 'is not the limit of a queue', '200ms, 64k, 100p'],
    ['outage=7s/2s', 'leaves no time', '2s/7s'],
    ['outage=2s', 'is not an outage', '2s/7s'],
    ['burst=3', "'burst=3' has no effect without a loss", 'too'],
    ['loss=every:3/burst=3', "'burst=3' has no effect without a loss in percent", 'too'],
    ['queue=3p/delay=1ms', "'queue=3p' has no effect without a rate", 'too'],
    ['hold=3ms', "'hold=3ms' has no effect without reorder", 'too'],
    ['up.reorder=1%/down.hold=3ms', "'down.hold=3ms' has no effect", 'too'],
    ['uplink.queue=3p', 'has no effect without uplink', 'too'],
    ['rate=1mbit/trace=a', 'stands beside a rate', 'a rate or a trace'],
    ['trace=', 'names no file', 'mahimahi'],
    ['trace=%zz', 'holds a %', '%25'],
    ['delay=1ms/delay=2ms', "'delay=2ms' is said twice", 'give delay once'],
    ['los=1%', "'los' is no part of a link", 'did you mean loss?'],
    ['downrate=1mbit', "'downrate' is no part", 'did you mean down.rate?'],
    ['__proto__=1', "'__proto__' is no part", 'the parts are delay'],
    ['up.uplink=1mbit', "'up.uplink' is no part", 'the parts are'],
  ])('%s is refused: the part is named, with a hint', (text, message, hint) => {
    const error = errorOf(text);
    expect(error.code).toBe('LAB_ERR_BAD_VALUE');
    expect(error.message).toContain(message);
    expect(error.hint).toContain(hint);
  });

  it('that is the misspelt name of a profile is told which is meant', () => {
    const error = errorOf('wifi-burst');
    expect(error.code).toBe('LAB_ERR_UNKNOWN_LINK');
    expect(error.hint).toContain('did you mean wifi-bursty?');
    expect(errorOf('').code).toBe('LAB_ERR_UNKNOWN_LINK');
    expect(errorOf('toString').code).toBe('LAB_ERR_UNKNOWN_LINK');
  });
});

describe('a list of links', () => {
  const names = (text: string): string[] =>
    parseLinks('link', text, noTrace).map(({ name }) => name);

  it('is divided by commas, but for those of a list of packets', () => {
    expect(names('none, 3g,loss=list:2,3,4/delay=5ms,4g')).toEqual([
      'none',
      '3g',
      'delay=5ms/loss=list:2,3,4',
      '4g',
    ]);
  });

  it('names no link twice, however it is spelled', () => {
    expect(() => names('delay=5ms,loss=0%/delay=5000us')).toThrow('twice');
    expect(() => names('lan,,4g')).toThrow('empty item');
  });
});

describe('a profile', () => {
  it.each(PROFILE_NAMES)('%s is a link of that name, with a source', (name) => {
    expect(parseLink('link', name, noTrace).name).toBe(name);
    expect(PROFILES[name]!.source).toMatch(/\w{3}/);
  });
});
