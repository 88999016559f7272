import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseFeedUrl } from '../../../src/client/url.js';
import { LabError } from '../../../src/errors.js';
import { codeOf } from '../../support/core/code-of.js';

describe('the URL of a feed', () => {
  it.each([
    ['tcp://127.0.0.1:9000', { transport: 'tcp', endpoint: { host: '127.0.0.1', port: 9000 } }],
    ['TCP://example.org/', { transport: 'tcp', endpoint: { host: 'example.org', port: 7400 } }],
    ['udp://[::1]:7', { transport: 'udp', endpoint: { host: '::1', port: 7 } }],
    ['udp://[fe80::1]', { transport: 'udp', endpoint: { host: 'fe80::1', port: 7400 } }],
    // Port 80 is the default of another ws, not of this one.
    ['tcp://h:80', { transport: 'tcp', endpoint: { host: 'h', port: 80 } }],
    [
      'tcp://h?codec=msgpack&keys=A%2CB,C+D,%25&from=12',
      {
        transport: 'tcp',
        endpoint: { host: 'h', port: 7400 },
        codec: 'msgpack',
        keys: ['A,B', 'C+D', '%'],
        from: 12,
      },
    ],
    [
      'udp-multicast://239.255.70.70:5?interface=127.0.0.1',
      {
        transport: 'udp-multicast',
        endpoint: { host: '239.255.70.70', port: 5, multicastInterface: '127.0.0.1' },
      },
    ],
  ])('%s is read', (text, expected) => {
    expect(parseFeedUrl(text)).toEqual(expected);
  });

  it.each([
    ['', /is not the URL of a feed/],
    ['127.0.0.1:7400', /is not the URL/],
    ['tcp:/h:1', /is not the URL/],
    ['tcp://', /is not the URL/],
    ['tcp://user@h', /is not the URL/],
    ['tcp://h/path', /is not the URL/],
    ['tcp://::1', /is not the URL/],
    ['tcp://h#x', /is not the URL/],
    ['tcp://[::1:5', /is not the URL/],
    ['tcp://[nonsense]', /no IPv6 address/],
    ['tcp://h:0', /has port 0/],
    ['tcp://h:65536', /has port 65536/],
    ['http://h', /unknown scheme 'http'/],
    ['constructor://h', /unknown scheme 'constructor'/],
    ['tcp://h?form=1', /unknown parameter 'form'/],
    ['tcp://h?from=1&from=2', /from twice/],
    ['tcp://h?from=0', /from=0/],
    ['tcp://h?from=9007199254740993', /from=9007199254740993/],
    ['tcp://h?keys=', /empty name/],
    ['tcp://h?keys=A,,B', /empty name/],
    ['tcp://h?codec=%', /encodes nothing/],
    ['udp-multicast://239.1.1.1?interface=', /empty name/],
    ['udp-multicast://239.1.1.1?interface=a&interface=b', /interface twice/],
    ['udp://h?interface=lo', /names an interface/],
  ])('%j is refused, and the message says why', (text, message) => {
    expect(codeOf(() => parseFeedUrl(text))).toBe('LAB_ERR_BAD_VALUE');
    expect(() => parseFeedUrl(text)).toThrow(message);
  });

  it('a wrong scheme is answered with the right ones', () => {
    expect(() => parseFeedUrl('http://h')).toThrow(
      expect.objectContaining({ hint: expect.stringMatching(/^schemes: tcp:\/\/, udp:\/\//) }),
    );
  });

  it('any text gives a URL or LAB_ERR_BAD_VALUE on one short line', () => {
    const anyText = fc
      .array(fc.integer({ min: 0, max: 0xffff }))
      .map((units) => String.fromCharCode(...units));
    const text = fc.oneof(
      anyText,
      fc.string().map((rest) => `tcp://h${rest}`),
    );
    fc.assert(
      fc.property(text, (input) => {
        try {
          parseFeedUrl(input);
        } catch (error) {
          expect(error).toBeInstanceOf(LabError);
          expect((error as LabError).code).toBe('LAB_ERR_BAD_VALUE');
          expect((error as LabError).message.split('\n')).toHaveLength(1);
        }
      }),
    );
  });
});
