import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseFeedUrl } from '../../../src/client/url.js';
import { frame, header, maskedFrame, OPCODE } from '../../../src/transports/ws/frame.js';
import { FrameCache } from '../../../src/transports/ws/frame-cache.js';
import { acceptFor, endOfUpgrade, upgradeRequest } from '../../../src/transports/ws/handshake.js';
import { requestPlace } from '../../../src/transports/ws/query.js';
import { codeOf } from '../../support/core/code-of.js';
import { packageFrame } from '../../support/core/ws-frame.js';

const HELLO = Buffer.from('Hello');
const MASK = Buffer.from('37fa213d', 'hex');
const ENDPOINT = { host: '::1', port: 9000 };

describe('frames, as RFC 6455 §5.7 shows them', () => {
  it.each([
    ['a single-frame unmasked text message', frame(OPCODE.text, HELLO), '810548656c6c6f'],
    [
      'a single-frame masked text message',
      maskedFrame(OPCODE.text, HELLO, MASK),
      '818537fa213d7f9f4d5158',
    ],
    ['an unmasked ping', frame(OPCODE.ping, HELLO), '890548656c6c6f'],
    ['a masked pong', maskedFrame(OPCODE.pong, HELLO, MASK), '8a8537fa213d7f9f4d5158'],
    ['the header of 256 bytes of binary', header(OPCODE.binary, 256), '827e0100'],
    ['the header of 64 KiB of binary', header(OPCODE.binary, 65_536), '827f0000000000010000'],
  ])('%s', (_, bytes, hex) => {
    expect(bytes.toString('hex')).toBe(hex);
  });

  it.each([0, 1, 125, 126, 127, 65_535, 65_536, 300_000])(
    'of %i bytes are what the package ws frames',
    (length) => {
      const payload = Buffer.alloc(length, 'x');
      expect(frame(OPCODE.binary, payload).equals(packageFrame(payload, 2))).toBe(true);
    },
  );

  it('of slices are made once, joined when short, and never a copy of a long slice', () => {
    const cache = new FrameCache(OPCODE.text);
    const short = { from: 0, to: 1, seq: 1, bytes: HELLO };
    const long = { from: 1, to: 2, seq: 2, bytes: Buffer.alloc(100_000) };
    const [first, second] = [cache.of(short), cache.of(long)];
    expect(first).toMatchObject({
      head: Buffer.from('810548656c6c6f', 'hex'),
      body: undefined,
      bytes: 7,
    });
    expect(second.head.toString('hex')).toBe('817f00000000000186a0');
    expect(second.body).toBe(long.bytes);
    expect(second.bytes).toBe(100_010);
    // Two groups of subscribers at different positions, in turn.
    for (let i = 0; i < 3; i++) expect([cache.of(short), cache.of(long)]).toEqual([first, second]);
    expect(cache.of(short)).toBe(first);
    expect(cache.of(long)).toBe(second);
  });
});

describe('the opening handshake', () => {
  const key = 'dGhlIHNhbXBsZSBub25jZQ==';
  const answer = (...lines: string[]): Buffer => Buffer.from([...lines, '', ''].join('\r\n'));
  const read = (bytes: Buffer): number => endOfUpgrade(bytes, 0, bytes.length, key, ENDPOINT);

  it('accepts the key of RFC 6455 §1.3 as it does', () => {
    expect(acceptFor(key)).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
  });

  it('asks for what RFC 6455 §4.1 wants, an IPv6 host in brackets, and ends with an empty line', () => {
    const lines = upgradeRequest(ENDPOINT, key).split('\r\n');
    expect(lines[0]).toBe('GET /?request=message HTTP/1.1');
    expect(lines).toContain('Host: [::1]:9000');
    expect(lines).toContain(`Sec-WebSocket-Key: ${key}`);
    expect(lines.slice(-2)).toEqual(['', '']);
    expect(lines.indexOf('')).toBe(lines.length - 2);
  });

  it('is complete at the empty line and not before, whatever follows', () => {
    const head = answer(
      'HTTP/1.1 101 Switching Protocols',
      `sec-websocket-ACCEPT:  ${acceptFor(key)} `,
    );
    for (let cut = 0; cut < head.length; cut++) expect(read(head.subarray(0, cut))).toBe(-1);
    expect(read(head)).toBe(head.length);
    expect(read(Buffer.concat([head, Buffer.from('\r\n\r\n')]))).toBe(head.length);
  });

  it.each<[string, Buffer, string]>([
    ['JSON lines', Buffer.from('{"control":"end"}\n'), 'LAB_ERR_PROTOCOL'],
    ['another version of HTTP', answer('HTTP/2 101'), 'LAB_ERR_PROTOCOL'],
    ['no end of headers', Buffer.from(`HTTP/1.1 101 ${'x'.repeat(20_000)}`), 'LAB_ERR_PROTOCOL'],
    [
      'a key that is not ours',
      answer('HTTP/1.1 101 OK', 'Sec-WebSocket-Accept: x'),
      'LAB_ERR_PROTOCOL',
    ],
    ['no key', answer('HTTP/1.1 101 OK'), 'LAB_ERR_PROTOCOL'],
    [
      'an extension',
      answer(
        'HTTP/1.1 101 OK',
        `Sec-WebSocket-Accept: ${acceptFor(key)}`,
        'Sec-WebSocket-Extensions: permessage-deflate',
      ),
      'LAB_ERR_PROTOCOL',
    ],
    ['a refusal', answer('HTTP/1.1 403 Forbidden'), 'LAB_ERR_CONNECT'],
    ['a page', answer('HTTP/1.1 200 OK', 'Content-Length: 0'), 'LAB_ERR_CONNECT'],
  ])('that brings %s is refused with a code', (_, bytes, code) => {
    expect(codeOf(() => read(bytes))).toBe(code);
  });
});

describe('the query of the URL', () => {
  it.each([
    ['/?codec=msgpack', { codec: 'msgpack' }],
    [
      '/any/path?codec=msgpack&keys=AAPL,%C3%A9%F0%9F%98%80&policy=disconnect&from=12',
      { codec: 'msgpack', keys: ['AAPL', 'é😀'], policy: 'disconnect', from: 12 },
    ],
    ['/?keys=', { keys: [] }],
    ['/?from=9007199254740991', { from: 2 ** 53 - 1 }],
    ['/?keys=A%2CB', { keys: ['A,B'] }],
    ['/?keys=A%2cB,C,D%2C', { keys: ['A,B', 'C', 'D,'] }],
    ['/?keys=%2C', { keys: [','] }],
    ['/?keys=A%252CB', { keys: ['A%2CB'] }],
    ['/?keys=A%26codec%3Db&codec=%6dsgpack', { keys: ['A&codec=b'], codec: 'msgpack' }],
    ['/?keys=IC+MARKETS:1,IC%20MARKETS:2,C%2BD', { keys: ['IC MARKETS:1', 'IC MARKETS:2', 'C+D'] }],
    ['/?keys=a=b&&%63odec=x&', { keys: ['a=b'], codec: 'x' }],
    ['/?keys=%E6%9D%B1%E8%A8%BC,%F0%9F%98%80', { keys: ['東証', '😀'] }],
    // Not encoded, as Node hands it on.
    [`/?keys=${Buffer.from('東証').toString('latin1')}`, { keys: ['東証'] }],
    [`/?keys=${new Array(256).fill('k%2C').join()}`, { keys: new Array(256).fill('k,') }],
  ])('%s is a request', (target, request) => {
    const place = requestPlace(target);
    expect(typeof place === 'object' && place.options()).toEqual(request);
  });

  it.each([['/'], ['/?'], [''], ['/path']])(
    '%j leaves it to the first message, or to silence',
    (target) => {
      expect(requestPlace(target)).toBe('message or silence');
    },
  );

  it('of any keys reads back as it was written', () => {
    const key = fc.oneof(
      fc.string({ unit: 'grapheme', minLength: 1 }),
      fc.stringMatching(/^[,%+&=#? ]{1,9}$/),
    );
    const keyList = fc.array(key, { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(keyList, (keys) => {
        const place = requestPlace(`/?codec=x&keys=${keys.map(encodeURIComponent).join(',')}`);
        expect(typeof place === 'object' && place.options()).toEqual({ codec: 'x', keys });
        const url = `ws://h?keys=${keys.map(encodeURIComponent).join(',')}`;
        expect(parseFeedUrl(url).keys).toEqual(keys);
      }),
    );
  });

  it('may say that a message will come', () => {
    expect(requestPlace('/?request=message')).toBe('message');
  });

  it.each([
    '/?codex=msgpack',
    '/?from=0',
    '/?from=-1',
    '/?from=1e3',
    '/?from=',
    '/?from=9007199254740992',
    '/?keys=a,,b',
    '/?keys=,',
    '/?keys=a,%',
    '/?keys=a%2',
    '/?keys=a%zz',
    '/?keys=%ff',
    '/?keys=\xff',
    '/?keys=%C0%AE',
    '/?keys=%ED%A0%80',
    '/?keys=a&keys=b',
    '/?keys=a&%6beys=b',
    '/?%ff=a',
    `/?keys=${'k,'.repeat(256)}k`,
    '/?codec=a&codec=b',
    '/?__proto__=1',
    '/?request=message&codec=msgpack',
    '/?=',
  ])('%s is LAB_ERR_BAD_REQUEST', (target) => {
    const place = requestPlace(target);
    expect(codeOf(() => typeof place === 'object' && place.options())).toBe('LAB_ERR_BAD_REQUEST');
  });
});
