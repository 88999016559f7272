import fc from 'fast-check';
import type { Codec } from '../../../src/codecs/codec.js';
import type { ControlMessage, Message, MessageValue } from '../../../src/core/message.js';
import { LabError } from '../../../src/errors.js';

/** Text of any code points, surrogate pairs included, lone surrogates not: what UTF-8 can carry. */
const text = fc.string({ unit: 'binary', maxLength: 40 });
const plainText = fc.string({ unit: 'grapheme-ascii', maxLength: 300 });
const count = fc.oneof(fc.nat({ max: 300 }), fc.maxSafeNat());

const number = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  // Around the borders of the integer formats.
  fc.constantFrom(
    127,
    128,
    255,
    256,
    65_535,
    65_536,
    2 ** 31,
    2 ** 32 - 1,
    2 ** 32,
    2 ** 53,
    1e308,
    5e-324,
    -0,
  ),
  fc.constantFrom(
    -1,
    -32,
    -33,
    -128,
    -129,
    -32_768,
    -32_769,
    -(2 ** 31),
    -(2 ** 31) - 1,
    -(2 ** 53),
  ),
);

const bytes = fc.uint8Array({ maxLength: 400 });

const value: fc.Arbitrary<MessageValue> = fc.oneof(
  fc.jsonValue({ stringUnit: 'binary' }) as fc.Arbitrary<MessageValue>,
  fc.record({ price: number, volume: number, control: text, seq: number }, { requiredKeys: [] }),
  fc.array(number, { maxLength: 20 }),
  number,
  text,
  bytes,
);

const key = fc.oneof(
  fc.constantFrom('', 'AAPL', 'control', '__proto__', '"}\n{', '\u2028'),
  text,
  plainText,
);
const seq = fc.oneof(
  fc.integer({ min: 1, max: 300 }),
  fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
);
const time = fc.oneof(
  fc.integer({ min: 1_795_287_600_000_000, max: 1_795_287_700_000_000 }),
  count,
);

export const messages: fc.Arbitrary<Message> = fc.record({ seq, time, key, value });

export const controls: fc.Arbitrary<ControlMessage> = fc.oneof(
  fc.record({
    control: fc.constant('welcome' as const),
    protocol: count,
    codec: text,
    epoch: text,
    next: count,
    oldest: count,
    snapshot: count,
    heartbeat_ms: count,
  }),
  fc.record({ control: fc.constant('lagged' as const), missed: count, next: count }),
  fc.record({ control: fc.constant('heartbeat' as const), next: count }),
  fc.record({ control: fc.constant('end' as const), reason: text }),
  fc.record({ control: fc.constant('end' as const), reason: text, message: text }),
);

export type Item = Message | ControlMessage;
export const items: fc.Arbitrary<Item[]> = fc.array(
  fc.oneof({ weight: 4, arbitrary: messages }, { weight: 1, arbitrary: controls }),
  {
    maxLength: 12,
  },
);

/**
 * A form in which two items are equal exactly when a subscriber cannot tell them apart: JSON text
 * (which shows own `__proto__` members, and −0 as 0), bytes in hex.
 */
export function canonical(item: Item): string {
  if ('control' in item) return JSON.stringify(Object.entries(item).sort());
  const { seq, time, key, value } = item;
  const shown =
    value instanceof Uint8Array ? { bytes: Buffer.from(value).toString('hex') } : { json: value };
  return JSON.stringify([seq, time, key, shown]);
}

export function encodeItem(codec: Codec, item: Item, into: Buffer, offset: number): number {
  return 'control' in item
    ? codec.encodeControl(item, into, offset)
    : codec.encode(item, into, offset);
}

const SCRATCH = Buffer.alloc(1 << 21);

/** The items encoded back to back. */
export function encodeItems(codec: Codec, list: readonly Item[]): Buffer {
  let at = 0;
  for (const item of list) at = encodeItem(codec, item, SCRATCH, at);
  return Buffer.from(SCRATCH.subarray(0, at));
}

/**
 * What a walk over bytes found: one line per item, where it stopped, and the error that stopped it.
 */
export interface Walk {
  readonly visits: string[];
  readonly end: number;
  readonly error: LabError | undefined;
}

export function walkByScan(codec: Codec, data: Buffer, start = 0, end = data.length): Walk {
  const visits: string[] = [];
  let stop = start;
  const error = labErrorOf(() => {
    stop = codec.scan(data, start, end, {
      message: (seq, from, to) => {
        visits.push(`message ${seq} ${codec.timeAt(data, from, to)} [${from}, ${to})`);
      },
      control: (from, to) => visits.push(`control [${from}, ${to})`),
    });
  });
  return { visits, end: stop, error };
}

export function walkByDecode(
  codec: Codec,
  data: Buffer,
  start = 0,
  end = data.length,
): Walk & { items: Item[] } {
  const visits: string[] = [];
  const found: Item[] = [];
  let at = start;
  const error = labErrorOf(() => {
    for (;;) {
      const decoded = codec.decode(data, at, end);
      if (decoded === undefined) return;
      const { item } = decoded;
      if (decoded.end <= at || decoded.end > end)
        throw new Error(`decode went from ${at} to ${decoded.end}`);
      const range = `[${at}, ${decoded.end})`;
      visits.push(
        'control' in item ? `control ${range}` : `message ${item.seq} ${item.time} ${range}`,
      );
      found.push(item);
      at = decoded.end;
    }
  });
  return { visits, items: found, end: at, error };
}

/** The LabError that `action` throws; anything else thrown is a defect and passes through. */
export function labErrorOf(action: () => void): LabError | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof LabError) return error;
    throw error;
  }
}
