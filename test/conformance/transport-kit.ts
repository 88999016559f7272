/**
 * The conformance kit of transports: one call holds a transport to every law; what it cannot do is
 * a skip, with the reason.
 */
import { describe, expect, it } from 'vitest';
import { codecNames } from '../../src/codecs/registry.js';
import { loadTransport } from '../../src/transports/registry.js';
import { TestBed, type TestBedOptions } from '../support/conformance/transport-support.js';
import { DELIVERY } from './transport-delivery.js';
import { ENDING } from './transport-ending.js';
import type { Subject } from './transport-law.js';
import { REFUSAL } from './transport-refusal.js';
import { SILENCE } from './transport-silence.js';

const LAWS = [DELIVERY, ENDING, REFUSAL, SILENCE].flatMap((laws) => Object.entries(laws));

/** Holds one registered transport to every law, with every codec. */
export function describeTransport(subject: Subject): void {
  const codecs = subject.codec === undefined ? codecNames() : [subject.codec];
  describe.each(codecs)(
    `transport ${subject.name} by ${subject.sender}, received by ${subject.sockets.name} sockets, with %s`,
    (codecName) => {
      for (const [law, { needs, check }] of LAWS) {
        const reason = needs === undefined ? undefined : subject.unsupported?.[needs];
        if (reason !== undefined) {
          it.skip(`${law} (skipped: ${reason})`, () => {});
          continue;
        }
        it(law, async () => {
          const transport = await loadTransport(subject.name);
          const { sockets, oneCodec = false } = subject;
          const connect = { ...subject.connect, sockets };
          const open = async (options: TestBedOptions = {}): Promise<TestBed> => {
            const listen = { ...subject.listen, ...options.listen };
            const bed = await TestBed.open(transport, codecName, {
              connect,
              oneCodec,
              ...options,
              listen,
            });
            expect(bed.server.sender).toBe(subject.sender);
            return bed;
          };
          const seen = (subscribers: number): number =>
            transport.multicast === true ? 1 : subscribers;
          await check({ transport, codecName, subject, seen, open });
        });
      }
    },
  );
}
