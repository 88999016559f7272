import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Codec } from '../../../src/codecs/codec.js';
import { LabError } from '../../../src/errors.js';
import { chooseCodec, formatRequest, parseRequest } from '../../../src/transports/request.js';
import { codeOf } from '../../support/core/code-of.js';

/** Only the name of a codec matters to a request. */
const named = (name: string): Codec => ({ name }) as Codec;

describe('request', () => {
  it('reads every member, and each is optional', () => {
    expect(
      parseRequest('{"codec":"msgpack","keys":["a","b"],"policy":"disconnect","from":7}'),
    ).toEqual({
      codec: 'msgpack',
      keys: ['a', 'b'],
      policy: 'disconnect',
      from: 7,
    });
    expect(parseRequest('{}')).toEqual({});
    expect(parseRequest(' {"from":1} \r')).toEqual({ from: 1 });
  });

  it('what a client formats, the server reads', () => {
    expect(parseRequest(formatRequest({ codec: named('line-json') }))).toEqual({
      codec: 'line-json',
    });
    const full = { codec: named('msgpack'), keys: ['é', 'b'], policy: 'drop-oldest', fromSeq: 9 };
    expect(parseRequest(formatRequest(full))).toEqual({
      codec: 'msgpack',
      keys: ['é', 'b'],
      policy: 'drop-oldest',
      from: 9,
    });
    expect(formatRequest({ codec: named('x'), keys: [] })).toBe('{"codec":"x"}');
    const resumed = { codec: named('x'), fromSeq: 8, epoch: '0123456789abcdef' };
    expect(parseRequest(formatRequest(resumed))).toEqual({
      codec: 'x',
      from: 8,
      epoch: '0123456789abcdef',
    });
  });

  it.each([
    ['', /not JSON/],
    ['GET / HTTP/1.1\r', /not JSON/],
    ['null', /request/],
    ['[]', /request/],
    ['"text"', /request/],
    ['{"codec":1}', /request\.codec/],
    ['{"keys":"a"}', /request\.keys/],
    ['{"keys":[""]}', /request\.keys\.0/],
    [`{"keys":${JSON.stringify(new Array(257).fill('k'))}}`, /request\.keys/],
    [`{"keys":["${'k'.repeat(257)}"]}`, /request\.keys\.0/],
    ['{"from":0}', /request\.from/],
    ['{"from":1.5}', /request\.from/],
    ['{"from":9007199254740993}', /request\.from/],
    ['{"epoch":"0"}', /request\.epoch: not 16 hex digits/],
    ['{"epoch":7}', /request\.epoch/],
    ['{"form":1}', /form/],
    ['{"__proto__":{"from":3}}', /request/],
  ])('refuses %j naming what is wrong', (text, names) => {
    expect(codeOf(() => parseRequest(text))).toBe('LAB_ERR_BAD_REQUEST');
    expect(() => parseRequest(text)).toThrow(names);
  });

  it('any text gives a request or LAB_ERR_BAD_REQUEST, never anything else', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (text) => {
        try {
          parseRequest(text);
        } catch (error) {
          expect((error as LabError).code).toBe('LAB_ERR_BAD_REQUEST');
          expect(error).toBeInstanceOf(LabError);
        }
      }),
    );
  });

  it('the first codec is the default, and an unknown one is refused with the names of the known', () => {
    const codecs = [named('line-json'), named('msgpack')];
    expect(chooseCodec(codecs, {}).name).toBe('line-json');
    expect(chooseCodec(codecs, { codec: 'msgpack' }).name).toBe('msgpack');
    expect(codeOf(() => chooseCodec(codecs, { codec: 'xml' }))).toBe('LAB_ERR_UNKNOWN_CODEC');
    expect(codeOf(() => chooseCodec([], {}))).toBe('LAB_ERR_UNKNOWN_CODEC');
  });
});
