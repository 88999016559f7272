import { describe, expect, it } from 'vitest';
import { refusal } from '../../../../cli/live/access.js';

describe('a live page', () => {
  it.each(['127.0.0.1:7403', 'localhost:7403', 'LOCALHOST:7403', '[::1]:7403'])(
    'is shown to who asks for %s',
    (host) => {
      expect(refusal({ host }, 7403, false)).toBeUndefined();
      expect(refusal({ host, 'sec-fetch-site': 'same-origin' }, 7403, true)).toBeUndefined();
    },
  );

  it.each([
    undefined,
    '',
    'evil.example:7403',
    'evil.example',
    '127.0.0.1',
    '127.0.0.1:7404',
    '127.0.0.1.evil.example:7403',
    'localhost.:7403',
    '10.0.0.1:7403',
  ])('is not shown to who asks for %j, as a name made to mean this machine does', (host) => {
    expect(refusal(host === undefined ? {} : { host }, 7403, false)).toContain('127.0.0.1');
  });

  it('may be linked to by other pages, but its events are for itself', () => {
    const host = '127.0.0.1:7403';
    for (const site of ['cross-site', 'same-site']) {
      expect(refusal({ host, 'sec-fetch-site': site }, 7403, false)).toBeUndefined();
      expect(refusal({ host, 'sec-fetch-site': site }, 7403, true)).toContain('only');
    }
    // What is no browser says nothing of where it comes from.
    expect(refusal({ host }, 7403, true)).toBeUndefined();
  });

  it('needs no port where that is the one of http', () => {
    expect(refusal({ host: 'localhost' }, 80, false)).toBeUndefined();
  });
});
