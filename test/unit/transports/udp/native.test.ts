import { afterEach, describe, expect, it, vi } from 'vitest';
import { inodesAt } from '../../../../src/transports/native/descriptor.js';
import { MessageBatch } from '../../../../src/transports/native/message-batch.js';
import { encodeSockaddr, procAddress } from '../../../../src/transports/native/sockaddr.js';
import { FakeNative } from '../../../support/core/fake-native.js';

const LIBC = '../../../../src/native/libc.js';
const hex = (words: Uint32Array): string => Buffer.from(words.buffer).toString('hex');

describe('a socket address', () => {
  it.each([
    [4, '127.0.0.1', 4_660, '0200 1234 7f000001 0000000000000000'],
    [4, '255.1.2.254', 65_535, '0200 ffff ff0102fe 0000000000000000'],
    [6, '::1', 4_660, '0a00 1234 00000000 00000000000000000000000000000001 00000000'],
    [6, '::', 1, '0a00 0001 00000000 00000000000000000000000000000000 00000000'],
    [6, '::ffff:192.0.2.7', 80, '0a00 0050 00000000 00000000000000000000ffffc0000207 00000000'],
    [6, '2001:db8::a:0:b', 80, '0a00 0050 00000000 20010db800000000 0000000a0000000b 00000000'],
    [
      6,
      '2001:db8:1:2:3:4:5:6',
      80,
      '0a00 0050 00000000 20010db80001000200030004 00050006 00000000',
    ],
    [6, 'fe80::1%7', 80, '0a00 0050 00000000 fe800000000000000000000000000001 07000000'],
    [6, '1::', 80, '0a00 0050 00000000 00010000000000000000000000000000 00000000'],
  ] as const)(
    'of family %i, %s port %i, is the struct of the kernel',
    (family, address, port, expected) => {
      expect(hex(encodeSockaddr(family, address, port))).toBe(expected.replaceAll(' ', ''));
    },
  );

  it('is printed in /proc as words of this machine', () => {
    expect(procAddress(4, '127.0.0.1')).toBe('0100007F');
    expect(procAddress(4, '0.0.0.0')).toBe('00000000');
    expect(procAddress(6, '::1')).toBe('00000000000000000000000001000000');
    expect(procAddress(6, '2001:db8::a')).toBe('B80D012000000000000000000A000000');
  });
});

describe('the inode of a socket', () => {
  const table = [
    '   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops',
    '  123: 0100007F:1F90 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 41001 2 0000000000000000 0',
    '  124: 0200007F:1F90 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 41002 2 0000000000000000 0',
    '  125: 0100007F:00A1 0100007F:1F90 01 00000000:00000000 00:00000000 00000000     0        0 41003 2 0000000000000000 0',
    '  126: 0100007F:00A1 0100007F:1F91 01 00000000:00000000 00:00000000 00000000     0        0 41004 2 0000000000000000 0',
    '',
  ].join('\n');

  it('is found by address and port', () => {
    expect([...inodesAt(table, '0100007F', 8_080)]).toEqual(['41001']);
    expect([...inodesAt(table, '0200007F', 8_080)]).toEqual(['41002']);
    expect([...inodesAt(table, '0100007F', 161)]).toEqual(['41003', '41004']);
    expect([...inodesAt(table, '00000000', 8_080)]).toEqual([]);
    expect([...inodesAt('', '0100007F', 8_080)]).toEqual([]);
  });
});

describe('a batch of messages', () => {
  it('lies in memory as struct mmsghdr, struct iovec and struct sockaddr do on 64-bit Linux', () => {
    const native = new FakeNative();
    const batch = new MessageBatch(native, 2, 36, 4);
    const payload = Buffer.from(new ArrayBuffer(100), 10, 5);
    batch.set(0, payload, encodeSockaddr(4, '127.0.0.1', 4_660));
    // Two messages of 64 bytes, four iovecs of 16, two addresses of 32, two heads of 40.
    const base = 0x7fab_0000_0000;
    expect(native.at(base, 64).toString('hex')).toBe(
      [
        'c0000000ab7f0000', // msg_name: 128 + 64 = 0xc0
        '1000000000000000', // msg_namelen 16, padding
        '80000000ab7f0000', // msg_iov: 128
        '0200000000000000', // msg_iovlen
        '0000000000000000', // msg_control
        '0000000000000000', // msg_controllen
        '0000000000000000', // msg_flags, padding
        '0000000000000000', // msg_len, padding
      ].join(''),
    );
    expect(native.at(base + 64, 32).toString('hex')).toBe(
      'e0000000ab7f0000' + '1000000000000000' + 'a0000000ab7f0000' + '0200000000000000',
    );
    expect(native.at(base + 128, 32).toString('hex')).toBe(
      // The head behind the addresses; the payload where it is, ten bytes into its memory.
      '00010000ab7f0000' + '2400000000000000' + '0a000010ab7f0000' + '0500000000000000',
    );
    expect(native.at(base + 192, 16).toString('hex')).toBe('020012347f0000010000000000000000');
  });

  it('shares one payload among its datagrams, and asks for an address once per piece of memory', () => {
    const native = new FakeNative();
    const asked = vi.spyOn(native, 'addressOf');
    const batch = new MessageBatch(native, 3, 4, 6);
    const chunk = Buffer.allocUnsafeSlow(1_000).fill('abcdefghij');
    const [one, two] = [chunk.subarray(0, 3), chunk.subarray(13, 15)];
    [one, one, two].forEach((payload, i) => {
      batch.heads[i]!.write(`h${i}: `);
      batch.set(i, payload, encodeSockaddr(6, '::1', i));
    });
    expect(batch.send(9, 0, 3)).toBe(3);
    expect(native.taken.map(({ bytes }) => bytes.toString())).toEqual([
      'h0: abc',
      'h1: abc',
      'h2: de',
    ]);
    expect(native.taken.map(({ sockaddr }) => sockaddr.slice(4, 8))).toEqual([
      '0000',
      '0001',
      '0002',
    ]);
    expect(asked).toHaveBeenCalledTimes(2);
    expect(batch.copy(2).toString()).toBe('h2: de');
  });

  it('without heads is payloads alone, and any part of it can be sent', () => {
    const native = new FakeNative();
    const batch = new MessageBatch(native, 3, 0, 4);
    ['a', 'bb', 'ccc'].forEach((text, i) => {
      batch.set(i, Buffer.from(text), encodeSockaddr(4, '10.0.0.1', 5));
    });
    expect(batch.send(9, 1, 3)).toBe(2);
    expect(native.taken.map(({ bytes }) => bytes.toString())).toEqual(['bb', 'ccc']);
  });
});

describe('where sendmmsg cannot be', () => {
  afterEach(() => {
    vi.doUnmock('koffi');
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  async function reason(): Promise<unknown> {
    vi.resetModules();
    const { loadNative } = await import('../../../../src/transports/native/native.js');
    return loadNative().catch((error: unknown) => error);
  }

  it.each([
    [{ platform: 'darwin' }, 'this is darwin'],
    [{ platform: 'linux', arch: 's390x' }, 'this is s390x'],
  ])('%o is named', async (machine, named) => {
    vi.stubGlobal('process', { ...process, ...machine });
    const error = await reason();
    expect(error).toMatchObject({
      code: 'LAB_ERR_UDP_SENDER',
      hint: expect.stringContaining('auto'),
    });
    expect((error as Error).message).toContain(named);
  });

  it('a filter that refuses it is named', async () => {
    vi.doMock(LIBC, async (original) => ({
      ...(await original<typeof import('../../../../src/native/libc.js')>()),
      loadLibc: async () => ({ sendmmsg: () => -1 }),
    }));
    const error = await reason();
    vi.doUnmock(LIBC);
    expect(error).toMatchObject({ code: 'LAB_ERR_UDP_SENDER' });
    expect((error as Error).message).toContain('sendmmsg EPERM');
  });

  it('a koffi that does not load is named, in one line', async () => {
    vi.stubGlobal('process', { ...process, platform: 'linux', arch: 'x64' });
    vi.doMock('koffi', () => {
      throw new Error("Cannot find package 'koffi'\nRequire stack: …");
    });
    const error = await reason();
    expect(error).toMatchObject({ code: 'LAB_ERR_UDP_SENDER' });
    expect((error as Error).message).toMatch(/koffi cannot be used \([^\n]+\)$/);
  });
});
