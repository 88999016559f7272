import { describe, expect, test } from 'vitest';
import { lineJson } from '../../../src/codecs/line-json.js';
import { encodeItems, type Item } from '../../support/conformance/codec-support.js';
import { decodedBy, scannedBy } from '../../support/core/codec-bytes.js';

const codec = lineJson();
const time = 1_795_287_600_123_456;

const encoded = (item: Item): string => encodeItems(codec, [item]).toString();
const decoded = (line: string | Buffer): unknown => decodedBy(codec, Buffer.from(line as string));
const scanned = (line: string): unknown[] => scannedBy(codec, Buffer.from(line));

describe('what line-json writes', () => {
  test.each<[Item, string]>([
    [
      { seq: 1, time, key: 'AAPL', value: { price: 219.68, volume: 100 } },
      '{"seq":1,"time":1795287600123456,"key":"AAPL","value":{"price":219.68,"volume":100}}\n',
    ],
    [
      { value: 'a\n"b"\u2028', key: 'Ü😀', time: 0, seq: Number.MAX_SAFE_INTEGER },
      '{"seq":9007199254740991,"time":0,"key":"Ü😀","value":"a\\n\\"b\\"\u2028"}\n',
    ],
    [
      { seq: 2, time, key: '', value: Uint8Array.of(0xde, 0xad, 0xbe, 0xef) },
      '{"seq":2,"time":1795287600123456,"key":"","value":"3q2+7w==","encoding":"base64"}\n',
    ],
    [{ next: 3, control: 'heartbeat' }, '{"control":"heartbeat","next":3}\n'],
  ])('is one line with its members in the canonical order: %j', (item, line) => {
    expect(encoded(item)).toBe(line);
  });

  test('in bytes, for a reader of another language', () => {
    const hex =
      '7b22736571223a312c2274696d65223a312c226b6579223a22c3bc222c2276616c7565223a6e756c6c7d0a';
    expect(Buffer.from(encoded({ seq: 1, time: 1, key: 'ü', value: null })).toString('hex')).toBe(
      hex,
    );
  });

  test('is read by JSON.parse, line by line', () => {
    const first = { seq: 1, time, key: 'a', value: [1, 'two', null] };
    const second = { seq: 2, time, key: 'b', value: { '': { nested: true } } };
    const lines = (encoded(first) + encoded(second)).split('\n');
    expect(lines.pop()).toBe('');
    expect(lines.map((line) => JSON.parse(line))).toEqual([first, second]);
  });
});

describe('what line-json reads besides its own form', () => {
  const message = { seq: 7, time: 8, key: 'k', value: 9 };

  test.each([
    ['CR LF', '{"seq":7,"time":8,"key":"k","value":9}\r\n'],
    ['another order', '{"value":9,"key":"k","time":8,"seq":7}\n'],
    ['white space', '{ "seq" : 7, "time":\t8, "key" : "k", "value":9 } \n'],
    ['unknown members', '{"seq":7,"time":8,"key":"k","value":9,"extra":[1]}\n'],
    ['numbers with exponents', '{"seq":7e0,"time":80E-1,"key":"k","value":9.0}\n'],
    ['escaped member names', '{"\\u0073eq":7,"time":8,"key":"\\u006b","value":9}\n'],
  ])('%s', (_name, line) => {
    expect(decoded(line)).toEqual(message);
    expect(scanned(line)).toEqual([[7, 8]]);
  });

  test('a control message with members in another order', () => {
    expect(decoded('{"next":3,"control":"heartbeat"}\n')).toEqual({
      control: 'heartbeat',
      next: 3,
    });
    expect(scanned('{"next":3,"control":"heartbeat"}\n')).toEqual(['control']);
  });

  test.each([
    ['9007199254740991', 9_007_199_254_740_991],
    ['1234567', 1_234_567],
    ['12345678', 12_345_678],
    ['123456789', 123_456_789],
    ['1000000000000000', 1e15],
  ])('sequence numbers of any length, to the digit: %s', (digits, seq) => {
    expect(scanned(`{"seq":${digits},"time":${digits},"key":"","value":0}\n`)).toEqual([
      [seq, seq],
    ]);
  });
});

describe('what line-json refuses as malformed', () => {
  const head = '{"seq":1,"time":2,"key":"k","value":';
  test.each([
    ['an empty line', '\n'],
    ['an array', '[1]\n'],
    ['a byte that begins no object, before the line is whole', 'x'],
    ['white space in front', ' {"seq":1}\n'],
    ['half a line', `${head}\n`],
    ['two objects in one line', `${head}1}{}\n`],
    ['seq 0', '{"seq":0,"time":2,"key":"k","value":1}\n'],
    ['a leading zero', '{"seq":01,"time":2,"key":"k","value":1}\n'],
    ['seq 2^53', '{"seq":9007199254740992,"time":2,"key":"k","value":1}\n'],
    ['a seq of 17 digits', '{"seq":10000000000000000,"time":2,"key":"k","value":1}\n'],
    ['a seq of 40 digits', `{"seq":${'9'.repeat(40)},"time":2,"key":"k","value":1}\n`],
    ['a negative time', '{"seq":1,"time":-2,"key":"k","value":1}\n'],
    ['a fractional time', '{"seq":1,"time":2.5,"key":"k","value":1}\n'],
    ['seq as text', '{"seq":"1","time":2,"key":"k","value":1}\n'],
    ['a key that is not text', '{"seq":1,"time":2,"key":3,"value":1}\n'],
    ['a lone surrogate in the key', '{"seq":1,"time":2,"key":"\\ud800","value":1}\n'],
    ['no value', '{"seq":1,"time":2,"key":"k"}\n'],
    ['seq twice', '{"seq":1,"time":2,"key":"k","value":1,"seq":3}\n'],
    ['a number beyond doubles', `${head}[1e999]}\n`],
    ['a lone surrogate in the value', `${head}"\\udc00"}\n`],
    ['base64 that is none', `${head}"****","encoding":"base64"}\n`],
    ['base64 cut short', `${head}"3q2","encoding":"base64"}\n`],
    ['another encoding', `${head}"00","encoding":"hex"}\n`],
    ['bytes that are not a string', `${head}1,"encoding":"base64"}\n`],
    ['nesting without end', `${head}${'['.repeat(200_000)}${']'.repeat(200_000)}}\n`],
    ['data and control at once', `${head}1,"control":"end","reason":"x"}\n`],
    ['an unknown control message', '{"control":"reboot"}\n'],
    ['a control message named like a method', '{"control":"constructor"}\n'],
    ['a welcome without members', '{"control":"welcome"}\n'],
  ])('%s', (_name, line) => {
    expect(() => decoded(line)).toThrow(expect.objectContaining({ code: 'LAB_ERR_MALFORMED' }));
  });

  test.each([
    '0',
    '01',
    '9007199254740992',
    '10000000000000000',
    '99999999999999999999999999',
    '-1',
    '1.5',
    '',
  ])('seq %s, in scan as in decode', (seq) => {
    const refused = expect.objectContaining({ code: 'LAB_ERR_MALFORMED' });
    expect(() => scanned(`{"seq":${seq},"time":1,"key":"k","value":1}\n`)).toThrow(refused);
  });

  test('text that is not UTF-8, but not a genuine U+FFFD', () => {
    const line = Buffer.from('{"seq":1,"time":2,"key":"k","value":"?"}\n');
    const at = line.indexOf('?');
    line[at] = 0xff;
    expect(() => decoded(line)).toThrow(expect.objectContaining({ code: 'LAB_ERR_MALFORMED' }));
    expect(decoded('{"seq":1,"time":2,"key":"k","value":"\ufffd"}\n')).toMatchObject({
      value: '\ufffd',
    });
  });
});
