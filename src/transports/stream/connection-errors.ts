import { hintBeside, LabError } from '../../errors.js';

/** What goes wrong with a connection, said to who has to do something about it. */
export class ConnectionErrors {
  /** What they call the connection: 'TCP', 'WebSocket'. */
  readonly #kind: string;
  readonly #peer: string;

  constructor(kind: string, peer: string) {
    this.#kind = kind;
    this.#peer = peer;
  }

  /** The socket failed with `cause`. */
  failed(cause: NodeJS.ErrnoException, isWelcomed: boolean): LabError {
    const code = isWelcomed ? 'LAB_ERR_CLOSED' : 'LAB_ERR_CONNECT';
    const message = `${this.#kind} connection to ${this.#peer} failed: ${reasonOf(cause)}`;
    const hint = hintBeside(cause, 'is the server running there?');
    return new LabError(code, message, { cause, hint });
  }

  /** It is connected to itself: our own words must not pass for the server's. */
  ownEcho(): LabError {
    return new LabError(
      'LAB_ERR_CONNECT',
      `${this.#kind} connection to ${this.#peer} failed: nobody listens there`,
      { hint: 'is the server running there?' },
    );
  }

  endedEarly(): LabError {
    const message = `${this.#peer} closed the connection without saying END`;
    const hint = 'the server may have died or refused the connection';
    return new LabError('LAB_ERR_CLOSED', message, { hint });
  }

  silent(silentMs: number): LabError {
    const message = `nothing heard from ${this.#peer} for ${silentMs / 1_000} s`;
    const hint = 'the server or the network between is gone: connect again';
    return new LabError('LAB_ERR_PEER_TIMEOUT', message, { hint });
  }

  /** The server took us for a client that sends no request. */
  requestTooLate(): LabError {
    const message = `${this.#peer} began its stream before it had our request`;
    const hint = 'the network or this process was slower than the server waits: try again';
    return new LabError('LAB_ERR_CONNECT_TIMEOUT', message, { hint });
  }

  /** What cannot be read before the welcome is more likely another kind of server than damage. */
  notOfTheLab(error: unknown): LabError {
    const { code, message } = LabError.from(error, 'LAB_ERR_PROTOCOL');
    return new LabError(code, `${this.#peer} does not speak like a server of the lab: ${message}`, {
      cause: error,
      hint: 'is this the port of a lab server, and of this transport?',
    });
  }
}

/** When no address of a name answers, Node's error holds one for each and says nothing itself. */
function reasonOf(cause: Error): string {
  if (!(cause instanceof AggregateError)) return cause.message;
  return cause.errors.map((one) => (one instanceof Error ? one.message : String(one))).join('; ');
}
