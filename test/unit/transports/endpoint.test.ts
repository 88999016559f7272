import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseFeedUrl } from '../../../src/client/url.js';
import { urlOf } from '../../../src/serve/parts.js';
import { listenError } from '../../../src/transports/end.js';
import { authorityOf, hostOfUrl, withoutZone } from '../../../src/transports/endpoint.js';
import { upgradeRequest } from '../../../src/transports/ws/handshake.js';

describe('an address in a URL', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1:7400'],
    ['example.org', 'example.org:7400'],
    ['::1', '[::1]:7400'],
    ['::ffff:127.0.0.2', '[::ffff:127.0.0.2]:7400'],
    ['fe80::1%eth0', '[fe80::1%25eth0]:7400'],
    ['fe80::1%2', '[fe80::1%252]:7400'],
    ['fe80::1%br lan', '[fe80::1%25br%20lan]:7400'],
  ])('%s is written as RFC 6874 has it', (host, text) => {
    expect(authorityOf({ host, port: 7400 })).toBe(text);
  });

  it.each([
    ['[fe80::1%25eth0]', 'fe80::1%eth0'],
    ['[fe80::1%252]', 'fe80::1%2'],
    ['[fe80::1%25en%2D1]', 'fe80::1%en-1'],
    // As every other tool prints it; no name of an interface begins with 25 and nothing else.
    ['[fe80::1%eth0]', 'fe80::1%eth0'],
    ['[::1]', '::1'],
    ['h', 'h'],
  ])('%s is read as %s', (text, host) => {
    expect(hostOfUrl(text)).toBe(host);
  });

  it.each([
    '[]',
    '[1.2.3.4]',
    '[fe80::1%25]',
    '[fe80::1%]',
    '[fe80::1%25%]',
    '[fe80::1%25a%00b]',
    '[fe80::1%25a%20b]',
    '[x%25eth0]',
  ])('%s holds no address', (text) => {
    expect(hostOfUrl(text)).toBeUndefined();
  });

  it('survives the way into the URL of every transport and back, whatever the zone', () => {
    const zone = fc.stringMatching(/^[A-Za-z0-9._@:+~!'()*-]{1,15}$/);
    const ip = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.tuple(fc.ipV6(), zone).map(([a, b]) => `${a}%${b}`),
    );
    const transport = fc.constantFrom('tcp', 'udp', 'ws');
    fc.assert(
      fc.property(transport, ip, fc.integer({ min: 1, max: 65_535 }), (scheme, host, port) => {
        const url = urlOf(scheme, { host, port });
        expect(url).not.toMatch(/[^!-~]/);
        expect(parseFeedUrl(url)).toEqual({ transport: scheme, endpoint: { host, port } });
      }),
    );
  });

  it('survives as the interface of a multicast group', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[!-~]{1,15}$/), (multicastInterface) => {
        const endpoint = { host: '239.1.1.1', port: 7, multicastInterface };
        expect(parseFeedUrl(urlOf('udp-multicast', endpoint)).endpoint).toEqual(endpoint);
      }),
    );
  });

  it('stands in error texts so that host and port can be told apart', () => {
    const { message } = listenError(new Error('no'), 'fe80::1%eth0', 7);
    expect(message).toBe('cannot listen on [fe80::1%25eth0]:7: no');
  });

  it('of a link without its interface is refused with that to do', () => {
    expect(listenError(new Error('EINVAL'), 'fe80::1', 7).hint).toContain("`host: 'fe80::1%eth0'`");
    expect(listenError(new Error('EINVAL'), 'fe80::1%eth9', 7).hint).toContain('check `host`');
  });

  it('stands in a Host header without the zone, which no other machine knows', () => {
    expect(withoutZone({ host: 'fe80::1%eth0', port: 7 })).toEqual({ host: 'fe80::1', port: 7 });
    expect(upgradeRequest({ host: 'fe80::1%eth0', port: 7 }, 'k')).toContain(
      '\r\nHost: [fe80::1]:7\r\n',
    );
  });
});
