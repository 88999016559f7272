/** `--congestion`: what the connections of a server go by, as their kernel tells. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadTcpOptions } from '../../../src/transports/native/tcp-options.js';
import { loadTransport } from '../../../src/transports/registry.js';
import { TestBed } from '../../support/conformance/transport-support.js';

/** Always there, and everybody's to choose. */
const RENO = 'reno';

const reason = (await loadTcpOptions()).refusesCongestionControl(RENO);
const title = `congestion control${reason === undefined ? '' : ` (skipped: ${reason})`}`;

describe.skipIf(reason !== undefined)(title, () => {
  it.each(['tcp', 'ws'])('of %s is what was asked for', async (name) => {
    const transport = await loadTransport(name);
    const bed = await TestBed.open(transport, 'line-json', { listen: { congestion: RENO } });
    expect(bed.server.congestionControl).toBeNull();
    await bed.connect();
    expect(bed.server.congestionControl).toBe(RENO);
  });

  it('is that of the machine where nothing was asked for', async () => {
    const bed = await TestBed.open(await loadTransport('tcp'), 'line-json');
    await bed.connect();
    const own = readFileSync('/proc/sys/net/ipv4/tcp_congestion_control', 'utf8').trim();
    expect(bed.server.congestionControl).toBe(own);
  });

  it.each(['tcp', 'ws'])(
    'that the kernel does not have is refused by %s, before and when it listens',
    async (name) => {
      const transport = await loadTransport(name);
      const refused = {
        code: 'LAB_ERR_CONGESTION',
        message: 'congestion nosuch cannot be used here: the kernel has none of this name',
        hint: expect.stringContaining(RENO),
      };
      const listen = { congestion: 'nosuch' };
      await expect(transport.check?.(listen as never)).rejects.toMatchObject(refused);
      await expect(TestBed.open(transport, 'line-json', { listen })).rejects.toMatchObject(refused);
    },
  );
});
