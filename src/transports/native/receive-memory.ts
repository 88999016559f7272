import { SocketAddress } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Libc } from '../../native/libc.js';
import { MessageHeader } from './message-header.js';
import { IP_PKTINFO, IPPROTO_IP, MSG } from './socket-calls.js';

/** More than any packet of ours: a longer one is cut, and then makes no sense. */
const DATA_BYTES = 2_048;
const AF_INET = 2;
const IPPROTO_IPV6 = 41;
const IPV6_PKTINFO = 50;
const MAPPED = '::ffff:';

/**
 * A datagram, who sent it, and to which address of ours. Addresses as `dgram` gives them, IPv4
 * always as such.
 */
export interface Arrival {
  readonly bytes: Buffer;
  readonly from: { readonly address: string; readonly port: number };
  readonly local: string;
}

/** The memory that recvmsg(2) fills of a socket on every address (IP_PKTINFO). */
export class ReceiveMemory {
  readonly #header: MessageHeader;
  readonly #data: Buffer = Buffer.allocUnsafeSlow(DATA_BYTES);

  /** `nameBytes`: of the socket's kind of address. */
  constructor(libc: Libc, nameBytes: number) {
    this.#header = new MessageHeader(libc, nameBytes);
  }

  /** Bytes of the datagram that is here now; or minus errno. */
  receive(fd: number): number {
    return this.#header.receive(fd, this.#data, MSG.dontwait);
  }

  /**
   * The datagram of `length` bytes that is here; undefined when the kernel did not say to which
   * address it came.
   */
  arrival(length: number): Arrival | undefined {
    const local = this.#local();
    if (local === undefined) return undefined;
    const { memory, nameAt: at } = this.#header;
    const ipv4 = memory.readUInt16LE(at) === AF_INET;
    const address = ipv4 ? this.#ipv4(at + 4) : this.#ipv6(at + 8, memory.readUInt32LE(at + 24));
    const bytes = Buffer.from(this.#data.subarray(0, length));
    return { bytes, from: { address, port: memory.readUInt16BE(at + 2) }, local };
  }

  /** The address to answer from, which that of a broadcast or of a group is not. */
  #local(): string | undefined {
    // struct in_pktinfo: interface, ipi_spec_dst, ipi_addr.
    const ipv4 = this.#header.find(IPPROTO_IP, IP_PKTINFO);
    if (ipv4 >= 0) return this.#ipv4(ipv4 + 4);
    // struct in6_pktinfo: address, interface.
    const ipv6 = this.#header.find(IPPROTO_IPV6, IPV6_PKTINFO);
    const { memory } = this.#header;
    if (ipv6 < 0 || memory[ipv6] === 0xff) return undefined;
    return this.#ipv6(ipv6, memory.readUInt32LE(ipv6 + 16));
  }

  #ipv4(at: number): string {
    return this.#header.memory.subarray(at, at + 4).join('.');
  }

  #ipv6(at: number, scope: number): string {
    const groups = Array.from({ length: 8 }, (_, i) =>
      this.#header.memory.readUInt16BE(at + 2 * i).toString(16),
    );
    const { address } = new SocketAddress({ address: groups.join(':'), family: 'ipv6' });
    if (address.startsWith(MAPPED) && address.includes('.')) return address.slice(MAPPED.length);
    // Only a link-local address means nothing without its interface.
    return /^fe[89ab]/.test(address) ? `${address}%${interfaceNamed(scope)}` : address;
  }
}

/** As Node names it; the index where it has no name (any more). */
function interfaceNamed(scope: number): string {
  for (const [name, addresses = []] of Object.entries(networkInterfaces())) {
    if (addresses.some(({ scopeid }) => scopeid === scope)) return name;
  }
  return String(scope);
}
