/**
 * What the laws of a transport are written in: the subject they are about, the stage they play on,
 * and steps they share.
 */

import { readdirSync, readlinkSync } from 'node:fs';
import type { ClientSockets } from '../../src/transports/client-sockets.js';
import type { Endpoint } from '../../src/transports/endpoint.js';
import type { TransportListenOptions } from '../../src/transports/registry.js';
import type { ConnectOptions, Transport } from '../../src/transports/transport.js';
import {
  type Client,
  type TestBed,
  type TestBedOptions,
  until,
} from '../support/conformance/transport-support.js';
import type { Silence } from './silences/silence.js';

/**
 * What a transport may be unable to do by its nature. A law that needs it is skipped where it is
 * missing.
 */
export type Ability = 'snapshot' | 'replay' | 'keys' | 'policy' | 'admission' | 'bursts';

/** What the kit must know of a transport beyond its interface. */
export interface Subject {
  /** Name in the registry. */
  readonly name: string;
  /** Sends each of these as a stranger to `endpoint`, in whatever unit the transport has. */
  readonly stranger: (endpoint: Endpoint, packets: readonly Buffer[]) => Promise<void>;
  /** Servers of it that fall silent, each at another stage. */
  readonly silences: readonly Silence[];
  /** How its server is asked to send, and what it then says. Without the first: as it likes. */
  readonly listen?: Partial<TransportListenOptions>;
  readonly sender: string;
  /** What it cannot do, each with the reason. */
  readonly unsupported?: Readonly<Partial<Record<Ability, string>>>;
  /** True when a server speaks one codec only. */
  readonly oneCodec?: boolean;
  /** Added to what every client is connected with. */
  readonly connect?: Partial<ConnectOptions>;
  /** Who moves the bytes of its clients. */
  readonly sockets: ClientSockets;
  /** Only with this codec: what differs from another subject does not know codecs. */
  readonly codec?: string;
}

/** Where one law is checked: one transport with one codec. */
export interface Stage {
  readonly transport: Transport;
  readonly codecName: string;
  readonly subject: Subject;
  /**
   * How many subscribers a server sees when there are so many: one, if they are members of a group.
   */
  seen(subscribers: number): number;
  open(options?: TestBedOptions): Promise<TestBed>;
}

/**
 * What every transport is held to, with every codec. It opens its own server on a free loopback
 * port.
 */
export interface Law {
  /** What it takes for granted. */
  readonly needs?: Ability;
  readonly check: (stage: Stage) => Promise<void>;
}

/** Laws by the sentence that states them. */
export type Laws = Readonly<Record<string, Law>>;

/** Waits until each of these has had so many messages. */
export async function received(
  recorders: readonly Client['recorder'][],
  count: number,
): Promise<void> {
  await until(
    () => recorders.every(({ seqs }) => seqs.length >= count),
    () => `${count} messages at each; have ${recorders.map(({ seqs }) => seqs.length).join(' ')}`,
  );
}

/**
 * Publishes `rounds` × `batch`, each batch when everyone has the one before: a pace that no socket
 * buffer can lose.
 */
export async function publishInStep(
  bed: TestBed,
  clients: readonly Client[],
  rounds: number,
  batch: number,
): Promise<void> {
  const recorders = clients.map(({ recorder }) => recorder);
  const already = recorders[0]?.seqs.length ?? 0;
  for (let round = 1; round <= rounds; round++) {
    bed.publish(batch);
    await received(recorders, already + round * batch);
  }
}

/** Sockets and timers that keep the process alive, and sockets that Node knows nothing of. */
export function openHandles(): string[] {
  const known = process
    .getActiveResourcesInfo()
    .filter((name) => /TCP|UDP|Pipe|Timeout/.test(name));
  return [...known, ...openSockets()];
}

/** Empty where there is no /proc. */
function openSockets(): string[] {
  try {
    return readdirSync('/proc/self/fd')
      .map(socketAt)
      .filter((name) => name !== '');
  } catch {
    return [];
  }
}

function socketAt(fd: string): string {
  try {
    return /^socket:.*/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[0] ?? '';
  } catch {
    // The descriptor of the listing itself.
    return '';
  }
}
