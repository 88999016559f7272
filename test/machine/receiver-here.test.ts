/** Where the system's calls cannot be made, a run receives through Node's sockets, and says so. */
import { readdirSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DEFAULT_CONFIG, type ReceiverChoice, type RunConfig } from '../../bench/config.js';
import type { Libc } from '../../src/native/libc.js';

const LIBC = '../../src/native/libc.js';

async function receiver(choice: ReceiverChoice, change: Partial<RunConfig> = {}): Promise<unknown> {
  const { receiverHere } = await import('../../bench/run/receiver-here.js');
  return receiverHere({ ...DEFAULT_CONFIG, ...change, receiver: choice }).catch(
    (error: unknown) => error,
  );
}

function noCall(signature: string): () => number {
  if (signature.includes('sendmmsg'))
    throw new Error("Cannot find function 'sendmmsg' in shared library");
  return () => 0;
}

/** The C library, with calls that a filter refuses. */
async function refusing(calls: Partial<Libc>): Promise<void> {
  vi.doMock(LIBC, async (original) => {
    const library = await original<typeof import('../../src/native/libc.js')>();
    return {
      ...library,
      loadLibc: async () => ({ ...(await library.loadLibc()), ...calls }),
    };
  });
}

const { loadLibc } = await import('../../src/native/libc.js');
const native = await loadLibc().catch(() => undefined);

afterEach(() => {
  vi.doUnmock('koffi');
  vi.doUnmock(LIBC);
  vi.resetModules();
});

describe('what receives on this machine', () => {
  it.each<[string, () => unknown, string]>([
    [
      'is missing',
      () => {
        throw new Error("Cannot find package 'koffi'");
      },
      'koffi',
    ],
    [
      'was installed for another system',
      () => ({
        get default(): never {
          throw new Error('Cannot find the native Koffi module; did you bundle it?\nmore');
        },
      }),
      '(Cannot find the native Koffi module; did you bundle it?)',
    ],
    [
      'finds no such call in the C library',
      () => ({ default: { load: () => ({ func: noCall }) } }),
      "(Cannot find function 'sendmmsg' in shared library)",
    ],
    [
      'has another way to tell addresses',
      () => ({
        default: {
          load: () => ({ func: () => () => 0 }),
          address: () => {
            throw new TypeError('Expected a pointer');
          },
        },
      }),
      '(Expected a pointer)',
    ],
    [
      'makes no call',
      () => ({
        default: { load: () => ({ func: () => () => 0 }), address: () => 4_096n, errno: () => 0 },
      }),
      '(its calls do not do what they should)',
    ],
  ])(
    'is Node where the package that calls C %s, unless native is asked for',
    async (_, module, why) => {
      vi.resetModules();
      vi.doMock('koffi', module as () => object);
      expect(await receiver('auto')).toBe('node');
      expect(await receiver('node')).toBe('node');
      for (const choice of ['native', 'virtual'] as const) {
        expect(await receiver(choice, { transports: ['udp'] })).toMatchObject({
          code: 'LAB_ERR_NATIVE',
          message: expect.stringContaining(process.platform === 'linux' ? why : 'Linux'),
          hint: expect.stringContaining('npm ci'),
        });
      }
    },
  );

  describe.skipIf(native === undefined)('where it is there', () => {
    const EPERM = -1;
    const ENOSYS = -38;

    it('is native', async () => {
      expect(await receiver('auto')).toBe('native');
      expect(await receiver('native')).toBe('native');
    });

    it.each<[string, Partial<Libc>]>([
      ['epoll_create1', { epollCreate: () => ENOSYS }],
      ['epoll_wait', { epollWait: () => EPERM }],
      ['epoll_ctl', { epollCtl: () => EPERM }],
      ['recvmsg', { recvmsg: () => EPERM }],
      ['setsockopt', { setsockopt: () => ENOSYS }],
      ['clock_gettime', { clockGettime: () => EPERM }],
      ['socket', { socket: () => EPERM }],
      ['getsockopt', { getsockopt: () => EPERM }],
      ['getsockname', { getsockname: () => EPERM }],
      ['send', { send: () => EPERM }],
      ['connect', { connect: () => ENOSYS }],
    ])('is Node where a filter refuses %s, and no descriptor stays open', async (call, calls) => {
      vi.resetModules();
      await refusing(calls);
      const open = (): number => readdirSync('/proc/self/fd').length;
      expect(await receiver('auto')).toBe('node');
      const before = open();
      expect(await receiver('auto')).toBe('node');
      expect(open()).toBe(before);
      const refused = await receiver('native');
      expect(refused).toMatchObject({
        code: 'LAB_ERR_NATIVE',
        hint: expect.stringContaining('seccomp'),
      });
      expect((refused as Error).message).toContain(`${call} E`);
    });

    it.each<[string, Partial<Libc>]>([
      ['recvmmsg', { recvmmsg: () => EPERM }],
      ['sendmmsg', { sendmmsg: () => EPERM }],
    ])(
      'is not virtual where a filter refuses %s, and no descriptor stays open',
      async (call, calls) => {
        vi.resetModules();
        await refusing(calls);
        const open = (): number => readdirSync('/proc/self/fd').length;
        const udp = { transports: ['udp'] };
        expect(await receiver('auto', udp)).toBe('native');
        const before = open();
        const refused = await receiver('virtual', udp);
        expect(refused).toMatchObject({ code: 'LAB_ERR_NATIVE' });
        expect((refused as Error).message).toContain(`${call} EPERM`);
        expect(open()).toBe(before);
      },
    );

    it('is virtual for UDP on loopback only', async () => {
      expect(await receiver('virtual', { transports: ['udp'] })).toBe('virtual');
      expect(await receiver('virtual', { transports: ['udp', 'tcp'] })).toMatchObject({
        code: 'LAB_ERR_BAD_VALUE',
        message: expect.stringContaining('tcp'),
      });
      const elsewhere = { transports: ['udp'], host: '192.0.2.1' };
      expect(await receiver('virtual', elsewhere)).toMatchObject({
        code: 'LAB_ERR_BAD_VALUE',
        message: expect.stringContaining('192.0.2.1'),
      });
    });
  });
});
