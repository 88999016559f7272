/**
 * Deliberate faults in the instrument, one for each kind of injected fault: a self-test that cannot
 * fail proves nothing. They sit around the instrument (its clock, its receivers, the report it
 * makes), not inside it.
 */
import type { Clock } from '../../src/core/clock.js';
import type { Receiver } from '../../src/transports/transport.js';
import type { SubscribersReport } from '../ipc/subscribers.js';

/** What is put around the instrument; nothing, for the instrument as it is. */
export interface FaultInjection {
  /** The clock that the subscribers read. */
  readonly clock?: (clock: Clock) => Clock;
  readonly receiver?: (receiver: Receiver) => Receiver;
  readonly report?: (report: SubscribersReport) => SubscribersReport;
}

interface NamedBreakage extends FaultInjection {
  /** What is wrong, continuing "the instrument …". */
  readonly about: string;
}

const FORGOTTEN_EVERY = 10;

/** By the name of the scenario that must find it. */
export const FAULT_INJECTIONS = {
  delay: {
    about: 'stamps every receipt 1 ms late',
    clock: (clock) => ({ ...bound(clock), now: () => clock.now() + 1_000 }),
  },
  loss: {
    about: 'takes every tenth lost message for received',
    receiver: (receiver) => {
      let next = 1;
      let lost = 0;
      return {
        ...boundReceiver(receiver),
        message: (seq, start, end) => {
          for (; next < seq; next++) {
            lost += 1;
            if (lost % FORGOTTEN_EVERY === 0) receiver.message(next, start, end);
          }
          next = Math.max(next, seq + 1);
          receiver.message(seq, start, end);
        },
      };
    },
  },
  duplicates: {
    about: 'counts duplicates as deliveries',
    report: (report) => ({
      ...report,
      delivered: report.delivered + report.duplicates,
      duplicates: 0,
    }),
  },
  reordering: {
    about: 'counts the extent of a late message one too short',
    report: (report) => {
      const { reordering } = report;
      const extentSum = reordering.extentSum - reordering.reordered;
      return {
        ...report,
        reordering: { ...reordering, extentSum, extentMax: reordering.extentMax - 1 },
      };
    },
  },
  corruption: {
    about: 'takes messages that fail their check for delivered',
    report: (report) => ({ ...report, delivered: report.delivered + report.corrupt, corrupt: 0 }),
  },
  stall: {
    about: 'does not listen when the server says that it skipped messages',
    receiver: (receiver) => ({
      ...boundReceiver(receiver),
      control: (control) => {
        if (control.control !== 'lagged') receiver.control(control);
      },
    }),
  },
  jitter: {
    about: 'reads a clock of whole milliseconds',
    clock: (clock) => ({ ...bound(clock), now: () => Math.floor(clock.now() / 1_000) * 1_000 }),
  },
  instrument: {
    about: 'takes the kernel’s stamp of a read for the time of the read, and that for the stamp',
    ...swapped(),
  },
  'fan-out': {
    about: 'takes the first arrival of a message for its last',
    report: (report) => ({
      ...report,
      arrivals: { ...report.arrivals, last: report.arrivals.first },
    }),
  },
} as const satisfies Readonly<Record<string, NamedBreakage>>;

export type ScenarioName = keyof typeof FAULT_INJECTIONS;

function bound(clock: Clock): Clock {
  return {
    now: () => clock.now(),
    setTimeout: (callback, delayMs) => clock.setTimeout(callback, delayMs),
    setImmediate: (callback) => clock.setImmediate(callback),
  };
}

/** While a stamped read is handed over, the clock says its stamp, and the stamp is what it said. */
function swapped(): Required<Pick<FaultInjection, 'clock' | 'receiver'>> {
  let itsClock: Clock | undefined;
  let stamp = 0;
  return {
    clock: (clock) => {
      itsClock = clock;
      return { ...bound(clock), now: () => (stamp > 0 ? stamp : clock.now()) };
    },
    receiver: (receiver) => ({
      ...boundReceiver(receiver),
      begin: (bytes, sendTime, arrivedAt) => {
        const now = itsClock?.now() ?? 0;
        stamp = arrivedAt;
        receiver.begin(bytes, sendTime, arrivedAt > 0 ? now : 0);
        stamp = 0;
      },
    }),
  };
}

function boundReceiver(receiver: Receiver): Receiver {
  return {
    begin: (bytes, sendTime, arrivedAt, unreadSince) =>
      receiver.begin(bytes, sendTime, arrivedAt, unreadSince),
    message: (seq, start, end) => receiver.message(seq, start, end),
    overdue: () => receiver.overdue?.(),
    end: () => receiver.end(),
    control: (control) => receiver.control(control),
  };
}
