import { systemClock } from '../../src/core/clock.js';
import { LabError } from '../../src/errors.js';
import type { ClientSockets } from '../../src/transports/client-sockets.js';
import { addressesOf } from '../../src/transports/host.js';
import { openNativeSockets } from '../../src/transports/native/client/native-sockets.js';
import { openVirtualSockets } from '../../src/transports/native/client/virtual-sockets.js';
import type { RunConfig } from '../config.js';

/**
 * What moves the bytes of the subscribers of this run on this machine.
 * @throws LAB_ERR_NATIVE when system calls are asked for and cannot be made; LAB_ERR_BAD_VALUE for
 * virtual clients of another transport than UDP, or of a server elsewhere
 */
export async function receiverHere(config: RunConfig): Promise<ClientSockets['name']> {
  const { receiver } = config;
  if (receiver === 'node') return 'node';
  if (receiver === 'virtual') await checkVirtual(config);
  try {
    const open = receiver === 'virtual' ? openVirtualSockets : openNativeSockets;
    (await open(systemClock())).close();
    return receiver === 'auto' ? 'native' : receiver;
  } catch (error) {
    const cannot = error instanceof LabError && error.code === 'LAB_ERR_NATIVE';
    if (receiver !== 'auto' || !cannot) throw error;
    return 'node';
  }
}

/** @throws LAB_ERR_BAD_VALUE */
async function checkVirtual({ transports, server, host }: RunConfig): Promise<void> {
  const other = transports.find((name) => name !== 'udp');
  if (other !== undefined) {
    throw new LabError('LAB_ERR_BAD_VALUE', `virtual clients are of udp only, not of ${other}`, {
      hint: "use `transports: 'udp'`, or leave `virtualClients` out",
    });
  }
  const hosts =
    server.kind === 'local' ? [host] : server.targets.map(({ endpoint }) => endpoint.host);
  for (const name of hosts) {
    const [address = name] = await addressesOf(name).catch(() => [name]);
    if (address.startsWith('127.')) continue;
    throw new LabError('LAB_ERR_BAD_VALUE', `virtual clients reach loopback only, not ${name}`, {
      hint: 'use a `host` of 127.0.0.0/8, or leave `virtualClients` out',
    });
  }
}
