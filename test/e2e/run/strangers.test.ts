/** Whoever finds the port of a run takes no place in it, and moves no figure of it. */
import { createSocket } from 'node:dgram';
import { createConnection, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { RunEvent } from '../../../bench/events.js';
import type { CellResult } from '../../../bench/result/result.js';
import { loadCodec } from '../../../src/codecs/registry.js';
import { systemClock } from '../../../src/core/clock.js';
import { LabError } from '../../../src/errors.js';
import { loadTransport } from '../../../src/transports/registry.js';
import { connectWhenOpen, freePort } from '../../support/run/faults.js';
import { codesOf, labRun } from '../../support/run/lab-run.js';

const HOST = '127.0.0.1';
const RETRY_MS = 5;

/** Strangers at the door of one port, from the start of a cell to its end, each in its own way. */
class Strangers {
  readonly #port: number;
  readonly #transport: string;
  readonly #sockets = new Set<Socket>();
  readonly answers = new Map<string, number>();
  #over = false;

  constructor(transport: string, port: number) {
    this.#transport = transport;
    this.#port = port;
  }

  readonly onEvent = (event: RunEvent): void => {
    if (event.type === 'cell-start') void this.#come();
    if (event.type === 'cell-end') this.leave();
  };

  leave(): void {
    this.#over = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  async #come(): Promise<void> {
    if (this.#transport === 'udp') void this.#shout();
    else await this.#probe();
    for (let i = 0; i < 3; i++) void this.#subscribe();
  }

  /**
   * One that stays and says nothing, one that asks for the feed and stays, one that says nonsense;
   * and a probe, again and again.
   */
  async #probe(): Promise<void> {
    const first = await connectWhenOpen(this.#port);
    for (const text of ['', '{}\n', 'GET / HTTP/1.0\r\n\r\n', 'SSH-2.0-probe\r\n']) {
      const socket = text === '' ? first : createConnection(this.#port, HOST);
      this.#sockets.add(socket.on('error', () => {}).resume());
      socket.write(text);
    }
    void (async () => {
      while (!this.#over) {
        await new Promise<void>((resolve) => {
          const socket = createConnection(this.#port, HOST, () => socket.destroy());
          socket.on('error', () => {}).on('close', () => resolve());
        });
        await sleep(RETRY_MS);
      }
    })();
  }

  async #shout(): Promise<void> {
    const socket = createSocket('udp4');
    while (!this.#over) {
      socket.send(Buffer.from('who is there?'), this.#port, HOST);
      await sleep(RETRY_MS);
    }
    socket.close();
  }

  /** The lab's own client, of somebody who knows the port. */
  async #subscribe(): Promise<void> {
    const [transport, codec] = [await loadTransport(this.#transport), await loadCodec('msgpack')];
    const receiver = { begin() {}, message() {}, end() {}, control() {} };
    while (!this.#over) {
      try {
        const options = { codec, receiver, clock: systemClock(), timeoutMs: 5_000 };
        await transport.connect({ host: HOST, port: this.#port }, options);
        this.#count('served');
      } catch (error) {
        this.#count(LabError.from(error).code);
      }
      await sleep(RETRY_MS);
    }
  }

  #count(answer: string): void {
    this.answers.set(answer, (this.answers.get(answer) ?? 0) + 1);
  }
}

function expectUndisturbed(cell: CellResult, clients: number): void {
  expect(cell.verdict.status).not.toBe('INVALID');
  expect(cell).toMatchObject({ joined: clients, delivered: cell.published! * clients, lost: 0 });
  expect(cell.ledger).toMatchObject({ balanced: true, unattributed: 0 });
}

describe.each(['tcp', 'ws', 'udp'])('strangers at a run over %s', (transport) => {
  it('are refused, while all of its own subscribers get everything', async () => {
    const port = await freePort();
    const strangers = new Strangers(transport, port);
    onTestFinished(() => strangers.leave());
    const { cells } = await labRun(
      { transports: [transport], codecs: ['msgpack'], clients: [20], ratesPerSecond: [100], port },
      { onEvent: strangers.onEvent },
    );
    const [cell] = cells;
    expectUndisturbed(cell!, 20);
    expect(strangers.answers.get('LAB_ERR_NOT_INVITED')).toBeGreaterThan(3);
    expect(strangers.answers.get('served')).toBeUndefined();
    // Some 600 a second.
    expect(codesOf(cell!)).toContain('STRANGERS');
    // Nothing went to anybody else.
    if (cell!.datagrams !== null) {
      expect(cell!.datagrams.sent).toBe(cell!.datagrams.received + cell!.datagrams.lost);
    }
  });
});
