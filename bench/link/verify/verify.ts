/** A link is looked at from both of its ends before it is used. */
import type { Link } from '../link.js';
import { type ClientLink, createClientLink } from '../model/model.js';
import { type Evidence, evidenceOf, type Observed } from './evidence.js';
import { judge, type Verification } from './judge.js';
import type { Sent } from './messages.js';
import { type Direction, type ProbePlan, probePlan } from './plan.js';
import { ProbeProcess } from './probe-process.js';

/**
 * Sends probes through the link of `probeAddress`, both ways, of which nobody has made use yet: for
 * 1.2 s, the delay, and the start of two processes; twice as long where the machine is busy at first.
 * @throws LAB_ERR_WORKER_DIED, LAB_ERR_WORKER_TIMEOUT and what the probes do
 */
export async function verifyLink(link: Link): Promise<Verification> {
  const model = createClientLink(link.spec, link.seed, link.probeClient);
  const first = await probed(link, model, { up: 0, down: 0 });
  if (first.verification.passed) return first.verification;
  // A moment's work of another program is no fault of the link.
  return (await probed(link, model, first.sent)).verification;
}

interface Probed {
  readonly verification: Verification;
  /** Packets of each flow so far. */
  readonly sent: Readonly<Record<Direction, number>>;
}

/** `before`: packets of each flow so far, and `model` as it is after them. */
async function probed(link: Link, model: ClientLink, before: Probed['sent']): Promise<Probed> {
  const { spec, startedAt } = link;
  const plans = { up: probePlan(spec, 'up'), down: probePlan(spec, 'down') };
  const seen = await observe(link, plans);
  const { lateness } = await link.book();
  link.forgetLateness();
  const of = (direction: Direction): Evidence =>
    evidenceOf({
      link: spec,
      direction,
      plan: plans[direction],
      before: before[direction],
      ...seen[direction],
      lateness,
      startedAt,
      model,
    });
  const [up, down] = [of('up'), of('down')];
  return {
    verification: judge(up, down),
    sent: { up: before.up + up.sentAt.length, down: before.down + down.sentAt.length },
  };
}

type Seen = Pick<Observed, 'sent' | 'received'>;

async function observe(
  { clientEnd, serverEnd, probeAddress, serverAddress }: Link,
  plans: Readonly<Record<Direction, ProbePlan>>,
): Promise<Record<Direction, Seen>> {
  const probes = [
    new ProbeProcess('clients', clientEnd, probeAddress, serverAddress, plans.up),
    new ProbeProcess('server', serverEnd, serverAddress, probeAddress, plans.down),
  ] as const;
  try {
    await Promise.all(probes.map((probe) => probe.open()));
    const [up, down] = await Promise.all(probes.map((probe) => probe.send()));
    const ends = [endOf(up!, plans.up), endOf(down!, plans.down)];
    const [atClients, atServer] = await Promise.all(
      probes.map((probe) => probe.receive(Math.max(...ends))),
    );
    return {
      up: { sent: up!, received: atServer! },
      down: { sent: down!, received: atClients! },
    };
  } finally {
    await Promise.all(probes.map((probe) => probe.stop()));
  }
}

function endOf({ at }: Sent, { drainUs }: ProbePlan): number {
  return at.at(-1)! + drainUs;
}
