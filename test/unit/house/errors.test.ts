import { describe, expect, it } from 'vitest';
import { LabError } from '../../../src/errors.js';
import { endFor, errorOfEnd, listenError } from '../../../src/transports/end.js';

describe('LabError', () => {
  it('carries a code, its kind, a hint and the cause', () => {
    const cause = new Error('why');
    const error = new LabError('LAB_ERR_BAD_VALUE', 'no', { hint: 'do this', cause });
    expect([error.name, error.code, error.kind, error.hint]).toEqual([
      'LabError',
      'LAB_ERR_BAD_VALUE',
      'usage',
      'do this',
    ]);
    expect(error.cause).toBe(cause);
    expect(new LabError('LAB_ERR_CLOSED', '').kind).toBe('runtime');
  });

  it.each([{}, { hint: 'do this' }, { option: 'rate', value: '0' }])(
    'survives a trip between processes as JSON (%o)',
    (options) => {
      const error = new LabError('LAB_ERR_LISTEN', 'cannot', options);
      const back = LabError.fromJSON(JSON.parse(JSON.stringify(error)));
      expect(back.toJSON()).toEqual(error.toJSON());
      expect(back).toMatchObject({ code: error.code, message: error.message, ...options });
    },
  );

  it('wraps whatever was thrown, and leaves a LabError alone', () => {
    const error = new LabError('LAB_ERR_CLOSED', 'x');
    expect(LabError.from(error, 'LAB_ERR_CONNECT')).toBe(error);
    const plain = new TypeError('boom');
    expect(LabError.from(plain)).toMatchObject({
      code: 'LAB_ERR_INTERNAL',
      message: 'boom',
      cause: plain,
    });
    expect(LabError.from('text', 'LAB_ERR_CONNECT')).toMatchObject({
      code: 'LAB_ERR_CONNECT',
      message: 'text',
    });
  });
});

describe('END', () => {
  it('an orderly end is not an error; any other reason is the error the server named', () => {
    expect(errorOfEnd({ reason: 'closed' })).toBeUndefined();
    expect(errorOfEnd({ reason: 'LAB_ERR_LAGGED', message: 'too slow' })).toMatchObject({
      code: 'LAB_ERR_LAGGED',
      message: 'too slow',
    });
  });

  it.each(['', 'whatever', 'toString', '__proto__'])(
    'an unknown reason %j is a protocol error',
    (reason) => {
      expect(errorOfEnd({ reason })?.code).toBe('LAB_ERR_PROTOCOL');
    },
  );

  it('tells code, message and hint', () => {
    expect(endFor(new LabError('LAB_ERR_MAX_CLIENTS', 'full', { hint: 'try later' }))).toEqual({
      control: 'end',
      reason: 'LAB_ERR_MAX_CLIENTS',
      message: 'full (try later)',
    });
  });

  it('is bounded and valid text, whatever the error quotes', () => {
    for (const quoted of [
      'x'.repeat(60_000),
      '😀'.repeat(60_000),
      `y${'😀'.repeat(60_000)}`,
      '\ud800',
    ]) {
      const { message = '' } = endFor(new LabError('LAB_ERR_BAD_REQUEST', quoted));
      expect(message.length).toBeLessThan(1_100);
      expect(message).not.toMatch(/\p{Surrogate}/u);
    }
  });
});

describe('a failure to bind', () => {
  it.each([
    ['EADDRINUSE', 'LAB_ERR_PORT_IN_USE'],
    ['EACCES', 'LAB_ERR_LISTEN'],
    ['EADDRNOTAVAIL', 'LAB_ERR_LISTEN'],
  ])('%s is %s, naming the port and the option', (code, expected) => {
    const error = listenError(Object.assign(new Error('bind'), { code }), '127.0.0.1', 4000);
    expect(error.code).toBe(expected);
    expect(error.message).toContain('4000');
    expect(`${error.message} ${error.hint}`).toContain('`port`');
  });
});
