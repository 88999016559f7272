import { createSocket, type Socket } from 'node:dgram';
import { packetType } from '../../../src/transports/datagram/wire.js';

/**
 * What becomes of a datagram. `hold`: it goes out after the next one of its direction that is not
 * dropped.
 */
export type Fate = 'pass' | 'drop' | 'twice' | 'hold';
export type Direction = 'up' | 'down';
/** `type`: the packet type (PACKET). `index`: how many of this type and direction came before. */
export type Rule = (direction: Direction, type: number, index: number, bytes: Buffer) => Fate;

/**
 * A bad network between clients and one server, on the loopback: every client gets a socket of its
 * own towards the server.
 */
export class UdpRelay {
  rule: Rule = () => 'pass';
  readonly #front = createSocket('udp4');
  readonly #serverPort: number;
  readonly #backs = new Map<number, Socket>();
  readonly #counts = new Map<string, number>();
  readonly #held = new Map<string, () => void>();

  private constructor(serverPort: number) {
    this.#serverPort = serverPort;
    this.#front.on('message', (bytes, { port }) => {
      const back = this.#backOf(port);
      this.#carry('up', port, bytes, () => back.send(bytes, this.#serverPort, '127.0.0.1'));
    });
  }

  static async to(serverPort: number): Promise<UdpRelay> {
    const relay = new UdpRelay(serverPort);
    await new Promise<void>((resolve) => relay.#front.bind(0, '127.0.0.1', resolve));
    return relay;
  }

  get port(): number {
    return this.#front.address().port;
  }

  close(): void {
    this.#front.close();
    for (const back of this.#backs.values()) back.close();
  }

  #backOf(port: number): Socket {
    let back = this.#backs.get(port);
    if (back === undefined) {
      back = createSocket('udp4', (bytes) => {
        this.#carry('down', port, bytes, () => this.#front.send(bytes, port, '127.0.0.1'));
      });
      this.#backs.set(port, back);
    }
    return back;
  }

  #carry(direction: Direction, port: number, bytes: Buffer, send: () => void): void {
    const type = packetType(bytes);
    const name = `${direction} ${type}`;
    const index = this.#counts.get(name) ?? 0;
    this.#counts.set(name, index + 1);
    const path = `${direction} ${port}`;
    const fate = this.rule(direction, type, index, bytes);
    if (fate === 'drop') return;
    const held = this.#held.get(path);
    if (fate === 'hold' && held === undefined) {
      this.#held.set(path, send);
      return;
    }
    send();
    if (fate === 'twice') send();
    this.#held.delete(path);
    held?.();
  }
}
