import { describe, expect, it } from 'vitest';
import { DroppedData } from '../../../../bench/link/emulator/dropped-data.js';
import { droppedOf } from '../../../../bench/link/emulator/network-end.js';
import { explainTun, findProgram, hasCapabilities } from '../../../../bench/link/requirements.js';
import { labDatagram } from '../../../support/link/packets.js';

const failed = (code: string): Error => Object.assign(new Error(`open: ${code}`), { code });

describe('what a link takes', () => {
  it('is said to be missing by its name', () => {
    expect(explainTun(failed('ENOENT'))).toContain('there is no /dev/net/tun');
    expect(explainTun(failed('ENODEV'))).toContain('no TUN devices');
    expect(explainTun(failed('EACCES'))).toContain('this user may not open /dev/net/tun');
    expect(explainTun(failed('EPERM'))).toContain('a container forbids');
    expect(explainTun(failed('EIO'))).toContain('EIO');
  });

  it('is not said to be missing when no more files may be open', () => {
    expect(() => explainTun(failed('EMFILE'))).toThrow(
      expect.objectContaining({ code: 'LAB_ERR_FD_LIMIT' }),
    );
  });

  it('is both capabilities, not one of them', () => {
    const status = (mask: string): string => `Name:\tnode\nCapEff:\t${mask}\nCapBnd:\t0\n`;
    expect(hasCapabilities(status('000001ffffffffff'))).toBe(true);
    expect(hasCapabilities(status('0000000000201000'))).toBe(true);
    expect(hasCapabilities(status('0000000000200000'))).toBe(false);
    expect(hasCapabilities(status('0000000000001000'))).toBe(false);
    expect(hasCapabilities('Name:\tnode\n')).toBe(false);
  });

  it('is a program by its whole path, whatever PATH lacks', () => {
    expect(findProgram('sh', undefined)).toMatch(/^\/.*\/sh$/);
    expect(findProgram('sh', '.:relative')).toMatch(/^\/.*\/sh$/);
    expect(findProgram('lab-has-no-such-program')).toBe(undefined);
  });
});

describe('what the emulator tells beside the packets it carried', () => {
  it('is how many the kernel threw away before it could read them', () => {
    const table = [
      'Inter-|   Receive  |  Transmit',
      ' face |bytes packets errs drop fifo frame compressed multicast|bytes packets errs drop fifo',
      '    lo:       0       0    0    9    0     0          0         0        0       0    0    8',
      '  lab0:     100       1    0    3    0     0          0         0  5000000   4000    0   42    0',
    ].join('\n');
    expect(droppedOf(table)).toBe(42);
    expect(() => droppedOf('  eth0: 1 2 3')).toThrow(/does not tell/);
  });

  it('is how many dropped datagrams found no place in its list', () => {
    const dropped = new DroppedData(2, 1);
    const datagrams = [
      [1, 5],
      [1, 6],
      [0, 7],
    ] as const;
    for (const [client, dseq] of datagrams) dropped.add(client, labDatagram(dseq, 10, 4), 0);
    expect(dropped.pack()).toEqual({
      unlisted: Uint32Array.of(1, 1),
      dropped: {
        client: Int32Array.of(1),
        dseq: Uint32Array.of(5),
        seq: Float64Array.of(10),
        count: Uint16Array.of(4),
      },
    });
  });
});
