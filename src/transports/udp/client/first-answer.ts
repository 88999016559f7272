import { randomBytes } from 'node:crypto';
import type { Timer } from '../../../core/clock.js';
import type { Attempt } from '../../client/attempt.js';
import type { DatagramSocket } from '../../client-sockets.js';
import { decodeRetry, encodeHello, NONCE_BYTES } from '../../datagram/handshake-packets.js';
import { PACKET, packetType, VERSIONS } from '../../datagram/wire.js';
import { REFUSALS_BELIEVED } from './handshake.js';

/** Between the HELLO to one address and the HELLO to the next. */
const NEXT_MS = 250;

/**
 * Of sockets connected to the addresses of one name, the one whose address answers a HELLO first.
 * They are asked in turn, again and again; one that is refused twice is left out. Nothing but
 * HELLOs is sent, so no server holds anything of us. Closes the others. Rejects with what ends the
 * attempt, or with the last refusal when all refuse; all are closed then.
 */
export function firstToAnswer(
  sockets: readonly DatagramSocket[],
  attempt: Attempt,
): Promise<DatagramSocket> {
  const { clock } = attempt;
  let datagrams = 0;
  const nonce = randomBytes(NONCE_BYTES);
  const hello = encodeHello({ nonce, versions: VERSIONS });
  const refusals = new Map<DatagramSocket, number>(sockets.map((socket) => [socket, 0]));
  return new Promise((resolve, reject) => {
    let next: Timer | undefined;
    let turn = 0;
    let settled = false;
    const settle = (winner: DatagramSocket | undefined, failure: unknown): void => {
      settled = true;
      release();
      next?.cancel();
      for (const socket of sockets) {
        socket.handler = undefined;
        if (socket !== winner) socket.close();
      }
      if (winner === undefined) reject(failure);
      else resolve(winner);
    };
    attempt.waitsFor = 'answer to HELLO from';
    attempt.readings = () => datagrams;
    const release = attempt.onEnd((error) => settle(undefined, error));
    const ask = (): void => {
      next?.cancel();
      const asked = [...refusals.keys()];
      const socket = asked[turn % asked.length] as DatagramSocket;
      turn += 1;
      next = clock.setTimeout(ask, NEXT_MS);
      socket.send(hello, (error) => {
        if (error !== null) refused(socket, error);
      });
    };
    const refused = (socket: DatagramSocket, cause: Error): void => {
      const before = refusals.get(socket);
      if (settled || before === undefined) return;
      if (before + 1 < REFUSALS_BELIEVED) {
        refusals.set(socket, before + 1);
        ask();
      } else {
        leaveOut(socket, cause);
      }
    };
    const leaveOut = (socket: DatagramSocket, cause: Error): void => {
      if (settled || !refusals.delete(socket)) return;
      if (refusals.size === 0) settle(undefined, cause);
      else ask();
    };
    for (const socket of sockets) {
      socket.handler = {
        onDatagram: (bytes) => {
          datagrams += 1;
          const retry = packetType(bytes) === PACKET.retry ? decodeRetry(bytes) : undefined;
          if (retry?.nonce.equals(nonce) === true) settle(socket, undefined);
        },
        onError: (error) => refused(socket, error),
        onFailure: (error) => leaveOut(socket, error),
      };
    }
    ask();
  });
}
