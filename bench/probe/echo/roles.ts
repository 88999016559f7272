/** What an echo's processes are told, and tell. */

/** What moves the bytes: blocking system calls, or Node's own sockets. */
export type EchoVia = 'native' | 'node';

export interface EchoServerRole {
  readonly kind: 'server';
  readonly transport: 'tcp' | 'udp';
  readonly ip: string;
  readonly via: EchoVia;
}

/** Exchanges by blocking system calls. */
export interface EchoClientRole extends ExchangeLimits {
  readonly kind: 'client';
  readonly transport: 'tcp' | 'udp';
  readonly ip: string;
  readonly port: number;
  readonly sizeBytes: number;
}

export interface ExchangeLimits {
  /** Exchanges, and those before them that do not count. */
  readonly count: number;
  readonly warmup: number;
  /** Between the end of one exchange and the start of the next, ms. */
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** So many lost replies in a row end it. */
  readonly giveUpAfter: number;
}

export interface Exchanged {
  /** Exchanges begun that count. */
  readonly sent: number;
  /** Round trips of those that were answered, µs. */
  readonly samples: readonly number[];
}

/** What a process tells its parent, once: a server where it listens, a client what it measured. */
export type EchoReply =
  | { readonly port: number }
  | { readonly exchanged: Exchanged }
  | { readonly error: string };
