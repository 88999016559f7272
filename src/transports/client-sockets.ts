/**
 * What moves the bytes of a client half. Node's own sockets everywhere, or the calls of the system
 * where a receiver is measured: whatever speaks a protocol does not know which.
 */
export interface ClientSockets {
  readonly name: 'node' | 'native' | 'virtual';
  /**
   * Begins to connect; what comes of it the handler is told, never before this returns. Throws at
   * once for a port that is not one.
   */
  openStream(target: StreamTarget, handler: StreamHandler): StreamSocket;
  /** A UDP socket connected to `ip`: datagrams from elsewhere never reach it. */
  openDatagram(ip: string, port: number, options?: DatagramOptions): Promise<DatagramSocket>;
  /** A UDP socket that has joined the IPv4 group on the interface with this address. */
  joinGroup(group: GroupTarget): Promise<DatagramSocket>;
}

export interface StreamTarget {
  readonly host: string;
  readonly port: number;
  /** Where each read lands. Connections may share it: a read is over when `onRead` returns. */
  readonly area: Buffer;
  /** How long one address of a name may be silent before the next is tried. */
  readonly nextAddressMs: number;
  /** Of this host, to connect from; undefined = as the routes of the system have it. */
  readonly localAddress?: string | undefined;
}

export interface DatagramOptions {
  /** SO_RCVBUF to ask for. */
  readonly receiveBufferBytes?: number | undefined;
  /** As of `StreamTarget`. */
  readonly localAddress?: string | undefined;
}

/** What is told of a connection. None of it may throw. */
export interface StreamHandler {
  onConnect(): void;
  /**
   * `length` bytes lie in the area. `arrivedAt`: when the kernel had the last of them, µs since the
   * epoch by the lab's clock; 0 = not known. `unreadSince`: none of them came before that time, 0 =
   * not known. The two are apart where this thread ran other code or waited for a CPU meanwhile.
   */
  onRead(length: number, arrivedAt: number, unreadSince: number): void;
  /** The peer says no more. */
  onEnd(): void;
  onError(error: NodeJS.ErrnoException): void;
}

export interface StreamSocket {
  readonly localPort: number;
  /** Written and not yet taken by the kernel, bytes. */
  readonly queuedBytes: number;
  /**
   * Connected with itself (RFC 9293, 3.5: simultaneous open): where nobody listens on a port that
   * the kernel may also give to our side, one attempt in some ten thousand gets that very port.
   */
  readonly isOwnEcho: boolean;
  /** May be called before there is a connection. `data` must not change afterwards. */
  write(data: Buffer): void;
  /** Ends it with a reset: no TIME_WAIT remains. Nothing is told afterwards. Safe to call twice. */
  destroy(): void;
}

export interface GroupTarget {
  readonly group: string;
  readonly port: number;
  /** Of the interface; absent = as the routes of the system have it. */
  readonly interfaceAddress: string | undefined;
  readonly receiveBufferBytes?: number | undefined;
}

/** What is told of a UDP socket. None of it may throw. */
export interface DatagramHandler {
  /**
   * `bytes` are valid during the call only. `arrivedAt`: when the kernel had them, µs since the
   * epoch by the lab's clock; 0 = not known.
   */
  onDatagram(bytes: Buffer, arrivedAt: number): void;
  /**
   * The same for several that the kernel put together (UDP_GRO): one after another in `bytes`, each
   * but the last of `each` bytes. Absent: each is told by itself.
   */
  onDatagrams?(bytes: Buffer, each: number, arrivedAt: number): void;
  /** A datagram that was sent was refused, as far as anybody told. */
  onError(error: NodeJS.ErrnoException): void;
  /** Nothing can be received any more. Told once. */
  onFailure(error: NodeJS.ErrnoException): void;
}

export interface DatagramSocket {
  readonly localPort: number;
  /** Key to the kernel's counters of the socket. Linux; undefined = not known. */
  readonly inode: number | undefined;
  /** Effective SO_RCVBUF as the kernel reports it; null where it cannot be read. */
  readonly receiveBufferBytes: number | null;
  /** Who is told from now on; undefined = nobody, and what comes is thrown away. */
  handler: DatagramHandler | undefined;
  /** `sent`: told when it is out, or why not. */
  send(packet: Buffer, sent?: (error: Error | null) => void): void;
  /** Safe to call twice. */
  close(closed?: () => void): void;
}
