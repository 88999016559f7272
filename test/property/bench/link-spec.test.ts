import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLink, parseLinks } from '../../../bench/link/spec/parse.js';
import { PROFILE_NAMES } from '../../../bench/link/spec/profiles.js';
import { parseTrace } from '../../../bench/link/spec/trace.js';
import { LabError } from '../../../src/errors.js';

const TRACE = { atUs: [1_000, 5_000], sha256: '' };
const parse = (text: string) => parseLink('link', text, () => TRACE);

/** Texts of a share, a time, a rate … as people write them, right and wrong ones. */
const share = fc.oneof(
  fc.integer({ min: 0, max: 110 }).map((n) => `${n}%`),
  fc.double({ min: 0, max: 99, noNaN: true }).map((n) => `${n.toFixed(4)}%`),
);
const time = fc.tuple(fc.nat(999), fc.constantFrom('us', 'ms', 's')).map(([n, unit]) => n + unit);
const rate = fc
  .tuple(fc.integer({ min: 1, max: 9_999 }), fc.constantFrom('kbit', 'mbit'))
  .map(([n, unit]) => `${n / 100}${unit}`);
const queue = fc.oneof(
  time,
  fc.integer({ min: 1_000, max: 99_999 }).map(String),
  fc.integer({ min: 0, max: 999 }).map((n) => `${n}p`),
);
const loss = fc.oneof(
  share,
  fc.nat(2_000).map((n) => `every:${n}`),
  fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 9 }).map((all) => {
    return `list:${all.sort((a, b) => a - b).join(',')}`;
  }),
);
const VALUES: readonly [string, fc.Arbitrary<string>][] = [
  ['delay', time],
  ['jitter', time],
  ['loss', loss],
  ['burst', fc.integer({ min: 10, max: 99 }).map((n) => String(n / 10))],
  ['outage', fc.tuple(time, time).map((times) => times.join('/'))],
  ['dup', share],
  ['reorder', share],
  ['hold', time],
  ['corrupt', share],
  ['rate', rate],
  ['trace', fc.constantFrom('a.trace', '/x/y', 'a%2Cb', '/x%2Fdelay=1/%25')],
  ['queue', queue],
];
const part = fc.oneof(
  fc.constantFrom(...VALUES).chain(([name, value]) =>
    fc.tuple(fc.constantFrom('', 'up.', 'down.'), value).map(([side, text]) => {
      return `${side}${name}=${text}`;
    }),
  ),
  rate.map((text) => `uplink=${text}`),
  queue.map((text) => `uplink.queue=${text}`),
);
const spec = fc
  .tuple(fc.option(fc.constantFrom(...PROFILE_NAMES)), fc.array(part, { maxLength: 8 }))
  .map(([base, parts]) => [...(base === null ? [] : [base]), ...parts].join('/'));

/** The link, or undefined when the text is refused, in one short line and with a hint. */
function read<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    expect(error.kind).toBe('usage');
    expect(error.hint).toBeTruthy();
    expect(error.message).toMatch(/^[^\n\r]{1,300}$/);
    return undefined;
  }
}

describe('the text of a link', () => {
  it('is read, or refused with a LabError: nothing else is thrown', () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 80 }),
      fc.string({ unit: fc.constantFrom(...'/=.,%:upldownrate0123mskbit'), maxLength: 40 }),
      spec,
    );
    fc.assert(
      fc.property(anything, (text) => {
        read(() => parse(text));
        read(() => parseLinks('link', text, () => TRACE));
        read(() => parseTrace('t', text));
      }),
      { numRuns: 3_000 },
    );
  });

  it('has a canonical form that is read as the same link, and is its own', () => {
    let accepted = 0;
    fc.assert(
      fc.property(spec, (text) => {
        const link = read(() => parse(text));
        if (link === undefined) return;
        accepted += 1;
        expect(parse(link.name)).toEqual(link);
        expect(
          parseLinks('link', `${link.name},${link.name === 'lan' ? '4g' : 'lan'}`, () => TRACE)[0],
        ).toEqual(link);
      }),
      { numRuns: 3_000 },
    );
    expect(accepted).toBeGreaterThan(300);
  });

  it('means the same in any order of its parts', () => {
    fc.assert(
      fc.property(fc.array(part, { minLength: 2, maxLength: 5 }), (parts) => {
        const forth = read(() => parse(parts.join('/')));
        const back = read(() => parse([...parts].reverse().join('/')));
        expect(back).toEqual(forth);
      }),
    );
  });

  it('describes a link that can be: no share above 1, no jitter above the delay, room for a packet', () => {
    fc.assert(
      fc.property(spec, (text) => {
        const link = read(() => parse(text));
        for (const side of link === undefined ? [] : [link.up, link.down]) {
          const shares = [side.duplicate, side.reorder, side.corrupt];
          if (side.loss.kind === 'random') {
            const { ratio, burst } = side.loss;
            shares.push(ratio);
            if (burst !== undefined) shares.push(ratio / (1 - ratio) / burst - 1e-9);
          }
          expect(shares.filter((one) => !(one >= -1e-9 && one <= 1))).toEqual([]);
          expect(side.jitterUs).toBeLessThanOrEqual(side.delayUs);
          if (side.rate?.queue.unit === 'bytes')
            expect(side.rate.queue.limit).toBeGreaterThanOrEqual(1_500);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
