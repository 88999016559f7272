import { SocketAddress } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Native } from './native.js';

/**
 * 64-bit Linux: a `struct msghdr`, one `struct iovec`, an address of either kind, control data, and
 * a datagram.
 */
const PLACES = { message: 0, iovec: 64, name: 96, control: 128, data: 384 } as const;
const CONTROL_BYTES = PLACES.data - PLACES.control;
/** More than any packet of ours: a longer one is cut, and then makes no sense. */
const DATA_BYTES = 2_048;
/** `struct cmsghdr`: length (8 bytes), level, type. */
const CMSG_HEADER_BYTES = 16;
const AF_INET = 2;
const IPPROTO_IP = 0;
const IP_PKTINFO = 8;
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

/**
 * The memory that recvmsg(2) fills: off V8's heap (`allocUnsafeSlow`), written once but for the
 * lengths.
 */
export class ReceiveMemory {
  readonly #memory: Buffer;
  readonly #base: number;
  readonly #nameBytes: number;

  /** `nameBytes`: of the socket's kind of address. */
  constructor(addressOf: Native['addressOf'], nameBytes: number) {
    this.#memory = Buffer.allocUnsafeSlow(PLACES.data + DATA_BYTES).fill(0);
    this.#base = addressOf(this.#memory.buffer) + this.#memory.byteOffset;
    this.#nameBytes = nameBytes;
    this.#pointer(PLACES.message, PLACES.name);
    this.#pointer(PLACES.message + 16, PLACES.iovec);
    this.#memory.writeUInt32LE(1, PLACES.message + 24); // msg_iovlen
    this.#pointer(PLACES.message + 32, PLACES.control);
    this.#pointer(PLACES.iovec, PLACES.data);
    this.#memory.writeUInt32LE(DATA_BYTES, PLACES.iovec + 8);
  }

  /** Where the struct msghdr is, made ready for another datagram. */
  prepared(): number {
    this.#memory.writeUInt32LE(this.#nameBytes, PLACES.message + 8); // msg_namelen
    this.#memory.writeUInt32LE(CONTROL_BYTES, PLACES.message + 40); // msg_controllen
    return this.#base;
  }

  /**
   * The datagram of `length` bytes that is there; undefined when the kernel did not say to which
   * address it came.
   */
  arrival(length: number): Arrival | undefined {
    const local = this.#local();
    if (local === undefined) return undefined;
    const memory = this.#memory;
    const at = PLACES.name;
    const ipv4 = memory.readUInt16LE(at) === AF_INET;
    const address = ipv4 ? this.#ipv4(at + 4) : this.#ipv6(at + 8, memory.readUInt32LE(at + 24));
    const bytes = Buffer.from(memory.subarray(PLACES.data, PLACES.data + length));
    return { bytes, from: { address, port: memory.readUInt16BE(at + 2) }, local };
  }

  /**
   * From the control data: of IPv4 the address to answer from, which that of a broadcast is not.
   */
  #local(): string | undefined {
    const memory = this.#memory;
    const end = PLACES.control + memory.readUInt32LE(PLACES.message + 40);
    let found: string | undefined;
    for (let at = PLACES.control; at + CMSG_HEADER_BYTES <= end; ) {
      const length = memory.readUInt32LE(at);
      const level = memory.readUInt32LE(at + 8);
      const type = memory.readUInt32LE(at + 12);
      const data = at + CMSG_HEADER_BYTES;
      // struct in_pktinfo: interface, ipi_spec_dst, ipi_addr.
      if (level === IPPROTO_IP && type === IP_PKTINFO) return this.#ipv4(data + 4);
      // struct in6_pktinfo: address, interface. That of a group cannot be answered from.
      if (level === IPPROTO_IPV6 && type === IPV6_PKTINFO && memory[data] !== 0xff) {
        found = this.#ipv6(data, memory.readUInt32LE(data + 16));
      }
      if (length < CMSG_HEADER_BYTES) break;
      at += Math.ceil(length / 8) * 8;
    }
    return found;
  }

  #ipv4(at: number): string {
    return this.#memory.subarray(at, at + 4).join('.');
  }

  #ipv6(at: number, scope: number): string {
    const groups = Array.from({ length: 8 }, (_, i) =>
      this.#memory.readUInt16BE(at + 2 * i).toString(16),
    );
    const { address } = new SocketAddress({ address: groups.join(':'), family: 'ipv6' });
    if (address.startsWith(MAPPED) && address.includes('.')) return address.slice(MAPPED.length);
    // Only a link-local address means nothing without its interface.
    return /^fe[89ab]/.test(address) ? `${address}%${interfaceNamed(scope)}` : address;
  }

  #pointer(at: number, target: number): void {
    this.#memory.writeBigUInt64LE(BigInt(this.#base + target), at);
  }
}

/** As Node names it; the index where it has no name (any more). */
function interfaceNamed(scope: number): string {
  for (const [name, addresses = []] of Object.entries(networkInterfaces())) {
    if (addresses.some(({ scopeid }) => scopeid === scope)) return name;
  }
  return String(scope);
}
