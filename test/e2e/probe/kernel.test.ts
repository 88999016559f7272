import { createSocket, type Socket } from 'node:dgram';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hostCounters } from '../../../bench/probe/host-counters.js';
import { udpSocketDrops } from '../../../src/kernel/udp-sockets.js';

const hasProc = existsSync('/proc/net/udp');

describe('udpSocketDrops', () => {
  it.skipIf(!hasProc)(
    'counts the datagrams that a full receive buffer dropped, and only those',
    async () => {
      const receiver = createSocket({ type: 'udp4', recvBufferSize: 4_096 });
      const idle = createSocket('udp4');
      await bound(receiver);
      await bound(idle);
      let received = 0;
      receiver.on('message', () => received++);
      const ports = new Set([receiver.address().port, idle.address().port]);
      expect(await udpSocketDrops(ports)).toEqual(new Map([...ports].map((port) => [port, 0])));
      const before = await hostCounters();

      const sender = createSocket('udp4');
      await new Promise<void>((resolve) =>
        sender.connect(receiver.address().port, '127.0.0.1', resolve),
      );
      // In one turn of the event loop: the receiver, in the same process, cannot read meanwhile.
      const sent = 200;
      for (let i = 0; i < sent; i++) sender.send(Buffer.alloc(1_000));

      const dropped = async (): Promise<number> =>
        (await udpSocketDrops(ports))!.get(receiver.address().port)!;
      while (received + (await dropped()) < sent)
        await new Promise((resolve) => setTimeout(resolve, 5));
      expect(received + (await dropped())).toBe(sent);
      expect(await dropped()).toBeGreaterThan(0);
      expect((await udpSocketDrops(ports))!.get(idle.address().port)).toBe(0);
      const after = await hostCounters();
      for (const name of ['udp_rcvbuf_errors', 'udp_in_errors'] as const)
        expect(after[name]! - before[name]!).toBeGreaterThanOrEqual(await dropped());
      for (const socket of [receiver, idle, sender]) socket.close();
    },
  );
});

function bound(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.bind(0, '127.0.0.1', resolve));
}
