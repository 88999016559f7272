import { isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Endpoint } from '../../endpoint.js';
import { openSender } from '../sending/open-sender.js';
import {
  type Channel,
  type ChannelParts,
  closeChannel,
  type InUse,
  openChannel,
  type Receive,
  type Sender,
  type UdpPort,
} from './channel.js';
import { openWildcardListener, type WildcardListener } from './wildcard-listener.js';

/**
 * Addresses served at one time, each by a socket: few machines have more, 127.0.0.0/8 and the like
 * aside.
 */
export const MAX_ADDRESSES = 64;
/**
 * How often an address is tried again, and it is looked whether the machine has a new one, while
 * somebody asks it.
 */
const LOOK_US = 1_000_000;
const NONE: Promise<undefined> = Promise.resolve(undefined);

/**
 * The port of a server on 0.0.0.0 or `::`. Each address that a client asks gets a socket of its
 * own, since the kernel sends what leaves through one of all addresses from whichever it prefers,
 * and clients hear only the one they asked. Who asks first is heard by a catch-all, which knows the
 * address on Linux; elsewhere the addresses of the interfaces have their sockets from the start.
 */
export class WildcardPort implements UdpPort {
  readonly endpoint: Endpoint;
  readonly #parts: ChannelParts;
  readonly #listener: WildcardListener;
  readonly #family: 4 | 6;
  /** By address; one that is being opened too. */
  readonly #opening = new Map<string, Promise<Channel | undefined>>();
  readonly #open = new Map<string, Channel>();
  /** When an address could not be opened, clock readings. */
  readonly #failedAt = new Map<string, number>();
  /** Answers where the address asked is not known. */
  #unknown: Channel | undefined;
  #receive: Receive = () => {};
  #inUse: InUse = () => new Set();
  #lookedAt = Number.NEGATIVE_INFINITY;
  #warned = false;
  #closed = false;

  private constructor(parts: ChannelParts, listener: WildcardListener, family: 4 | 6) {
    this.#parts = parts;
    this.#listener = listener;
    this.#family = family;
    this.endpoint = { host: family === 4 ? '0.0.0.0' : '::', port: listener.port };
  }

  /** @throws LAB_ERR_UDP_SENDER; what binding throws */
  static async open(
    parts: ChannelParts,
    family: 4 | 6,
    openSocket: (family: 4 | 6, port: number) => Promise<WildcardListener> = openWildcardListener,
  ): Promise<WildcardPort> {
    const every = new WildcardPort(parts, await openSocket(family, parts.options.port), family);
    try {
      await every.#openFirst();
      return every;
    } catch (error) {
      await every.close();
      throw error;
    }
  }

  get channels(): readonly Channel[] {
    const known = [...this.#open.values()];
    return this.#unknown === undefined ? known : [...known, this.#unknown];
  }

  get socketInodes(): readonly (number | undefined)[] {
    return [this.#listener.inode, ...[...this.#open.values()].map(({ inode }) => inode)];
  }

  start(receive: Receive, inUse: InUse): void {
    this.#receive = receive;
    this.#inUse = inUse;
    this.#listener.start(
      (bytes, from, local) => {
        if (local === undefined) this.#caughtSomewhere(bytes, from);
        else void this.#caught(bytes, from, local);
      },
      ({ message }) =>
        this.#parts.options.onNotice?.(
          `UDP: an address that nobody has asked yet is heard no more: ${message}`,
        ),
    );
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#opening.values());
    this.#unknown?.sender.close();
    await Promise.all([this.#listener.close(), ...[...this.#open.values()].map(closeChannel)]);
  }

  /** What is wrong shows here, and what a sender is like. */
  async #openFirst(): Promise<void> {
    const { socket } = this.#listener;
    if (socket !== undefined) {
      const { options, ...parts } = this.#parts;
      const { inode } = this.#listener;
      const sender = await openSender(options, { ...parts, socket });
      this.#unknown = { local: '?', socket, sender, inode };
      await this.#openInterfaces();
      return;
    }
    let failure: unknown;
    for (const local of [...loopbacks(this.#family), ...interfaceAddresses(this.#family)]) {
      try {
        this.#opened(await this.#bind(local));
        return;
      } catch (error) {
        failure ??= error;
      }
    }
    throw failure;
  }

  /**
   * A client asked an address that has no socket yet. Later datagrams of its come to that socket.
   */
  async #caught(bytes: Buffer, from: Sender, local: string): Promise<void> {
    const channel = this.#closed ? undefined : await this.#channelOf(local);
    if (this.#closed) return;
    if (channel === undefined) this.#parts.counters.refused += 1;
    else this.#receive(bytes, from, channel);
  }

  /**
   * One asked an address that none of the interfaces had when we last looked. If it is new, the
   * client's next HELLO comes to its own socket; else the answer leaves from the address that the
   * routes prefer, and whether the client hears it is not known.
   */
  #caughtSomewhere(bytes: Buffer, from: Sender): void {
    const now = this.#parts.options.clock.now();
    if (now - this.#lookedAt >= LOOK_US) {
      this.#lookedAt = now;
      void this.#openInterfaces();
    }
    if (!this.#warned) {
      this.#warned = true;
      this.#parts.options.onNotice?.(
        `UDP: ${from.address} asked an address that no interface shows; the answer may leave from another, and go unheard: ` +
          'give `host` the address that clients ask',
      );
    }
    if (this.#unknown !== undefined) this.#receive(bytes, from, this.#unknown);
  }

  async #openInterfaces(): Promise<void> {
    const addresses = [...loopbacks(this.#family), ...interfaceAddresses(this.#family)];
    await Promise.all(addresses.map((local) => this.#channelOf(local)));
  }

  #channelOf(local: string): Promise<Channel | undefined> {
    let opening = this.#opening.get(local);
    if (opening === undefined) {
      const now = this.#parts.options.clock.now();
      if (now - (this.#failedAt.get(local) ?? Number.NEGATIVE_INFINITY) < LOOK_US) return NONE;
      opening = this.#makeRoom() ? this.#tryOpen(local) : NONE;
      this.#opening.set(local, opening);
      // What failed may not fail again: the interface was not ready, all descriptors were in use.
      // But not at once.
      void opening.then((channel) => {
        if (channel !== undefined) return;
        this.#opening.delete(local);
        if (this.#failedAt.size >= MAX_ADDRESSES) this.#failedAt.clear();
        this.#failedAt.set(local, now);
      });
    }
    return opening;
  }

  async #tryOpen(local: string): Promise<Channel | undefined> {
    try {
      return this.#opened(await this.#bind(local));
    } catch {
      return undefined;
    }
  }

  #bind(local: string): Promise<Channel> {
    const { port } = this.#listener;
    return this.#listener.beside(() =>
      openChannel(this.#parts, { ip: local, port, local, shared: true }),
    );
  }

  #opened(channel: Channel): Channel {
    this.#open.set(channel.local, channel);
    this.#opening.set(channel.local, Promise.resolve(channel));
    channel.socket.on('message', (bytes, from) => this.#receive(bytes, from, channel));
    return channel;
  }

  /**
   * Closes an address that serves nobody when there are too many; false when all serve somebody.
   * The first stays.
   */
  #makeRoom(): boolean {
    if (this.#opening.size < MAX_ADDRESSES) return true;
    const [, ...others] = this.#open.values();
    const inUse = this.#inUse();
    const idle = others.find(({ local }) => !inUse.has(local));
    if (idle === undefined) return false;
    this.#open.delete(idle.local);
    this.#opening.delete(idle.local);
    void closeChannel(idle);
    return true;
  }
}

function loopbacks(family: 4 | 6): string[] {
  return family === 4 ? ['127.0.0.1'] : ['::1', '127.0.0.1'];
}

/** Addresses of the interfaces that a socket of this family hears, as a datagram's are given. */
function interfaceAddresses(family: 4 | 6): string[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses
      .filter(({ address }) => family === 6 || isIPv4(address))
      .map(({ address, scopeid }) => (scopeid ? `${address}%${name}` : address)),
  );
}
