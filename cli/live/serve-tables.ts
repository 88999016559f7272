/** The tables of a server's live page, from its counters. Pure. */
import { formatBytes, formatCount, formatInteger, MISSING } from '../../reports/format.js';
import type {
  TableCell,
  TableColumn,
  TableModel,
  TableRow,
} from '../../reports/html/view/model.js';
import type { SlowClient } from '../../src/core/slowest.js';
import type { ServerStats, TransportStats } from '../../src/serve/stats.js';

/** Per second, over the last second. */
export interface ServeRates {
  readonly published: number;
  readonly sentMessages: number;
  readonly sendBytes: number;
  readonly lost: number;
  readonly transports: readonly TransportRates[];
}

interface TransportRates {
  readonly name: string;
  readonly sentMessages: number;
  readonly sendBytes: number;
  /** By the name of the counter. */
  readonly losses: Readonly<Record<string, number>>;
}

type Counter = Exclude<
  {
    [K in keyof TransportStats]: TransportStats[K] extends number ? K : never;
  }[keyof TransportStats],
  undefined
>;

/** Of the first four each is a message that a subscriber did not get; of the others a client. */
const LOSSES: readonly (readonly [counter: Counter, what: string])[] = [
  ['droppedMessages', 'messages skipped by the overload policy'],
  ['conflatedMessages', 'messages replaced by later ones of their keys'],
  ['sendErrorMessages', 'messages in sends that the kernel refused'],
  ['refusedMessages', 'messages that a codec or datagram cannot carry'],
  ['refused', 'subscriptions refused'],
  ['stalled', 'clients that took nothing any more'],
  ['silent', 'clients that gave no sign of life'],
  ['unreachable', 'clients that nothing gets through to'],
  ['congested', 'clients that kept losing too much'],
  ['malformed', 'inputs that made no sense'],
];
const LOST_MESSAGES = LOSSES.slice(0, 4).map(([counter]) => counter);

/** @param seconds between the two */
export function ratesOf(now: ServerStats, before: ServerStats, seconds: number): ServeRates {
  const transports = now.transports.map((transport, i): TransportRates => {
    const last = before.transports[i];
    const grown = (counter: Counter): number =>
      (transport[counter] - (last?.[counter] ?? 0)) / seconds;
    return {
      name: transport.name,
      sentMessages: grown('sentMessages'),
      sendBytes: grown('sendBytes'),
      losses: Object.fromEntries(LOSSES.map(([counter]) => [counter, grown(counter)])),
    };
  });
  const sum = (of: (rates: TransportRates) => number): number =>
    transports.reduce((all, one) => all + of(one), 0);
  return {
    published: (now.published - before.published) / seconds,
    sentMessages: sum(({ sentMessages }) => sentMessages),
    sendBytes: sum(({ sendBytes }) => sendBytes),
    lost: sum(({ losses }) =>
      LOST_MESSAGES.reduce((all, counter) => all + (losses[counter] ?? 0), 0),
    ),
    transports,
  };
}

export function transportTable(stats: ServerStats, rates: ServeRates | undefined): TableModel {
  return {
    caption: 'Counted since the server began; rates over the last second.',
    columns: [
      text('Transport'),
      number('clients', 'Subscribers now'),
      number('accepted', 'Subscriptions'),
      number('ended', 'Subscriptions'),
      number('sent/s', 'Messages, summed over its subscribers'),
      number('bytes/s', 'Handed to the kernel'),
      number('messages a send', 'Since the server began'),
    ],
    rows: stats.transports.map((transport, i) => {
      const { name, url, clients, accepted, ended, sentMessages, sends } = transport;
      const rate = rates?.transports[i];
      return {
        id: `transport-${i}`,
        name,
        verdict: null,
        cells: [
          { text: url, value: url },
          figure(clients, formatInteger),
          figure(accepted, formatInteger),
          figure(ended, formatInteger),
          figure(whole(rate?.sentMessages), formatCount),
          figure(whole(rate?.sendBytes), formatBytes),
          figure(
            sends === 0 ? null : sentMessages / sends,
            (value) => value?.toFixed(1) ?? MISSING,
          ),
        ],
      };
    }),
  };
}

/** Only what there is: a table of zeros says nothing. */
export function lossTable(stats: ServerStats, rates: ServeRates | undefined): TableModel {
  const { disconnectedForLag } = stats;
  const rows = stats.transports.flatMap((transport, i) => {
    const perSecond = rates?.transports[i]?.losses;
    const counted = LOSSES.map(([counter, what]) =>
      lossRow(transport.name, what, whole(perSecond?.[counter]), transport[counter]),
    );
    const { kernelReceiveDrops = 0 } = transport;
    const what = 'datagrams of clients that the kernel dropped unread';
    return [...counted, lossRow(transport.name, what, null, kernelReceiveDrops)];
  });
  rows.push(lossRow('all', 'clients disconnected by their policy', null, disconnectedForLag));
  const seen = rows.filter(({ cells }) => cells.at(-1)!.value !== 0);
  return {
    caption:
      seen.length === 0
        ? 'Nothing is lost, and nobody was given up.'
        : 'Counted since the server began.',
    columns: [
      text('Transport'),
      text('What'),
      number('in a second', 'Over the last second'),
      number('so far', ''),
    ],
    rows: seen,
  };
}

function lossRow(
  transport: string,
  what: string,
  perSecond: number | null,
  soFar: number,
): TableRow {
  return {
    id: `${transport} ${what}`.replaceAll(' ', '-'),
    name: `${transport} ${what}`,
    verdict: null,
    cells: [
      { text: transport, value: transport },
      { text: what, value: what },
      figure(perSecond, formatCount),
      figure(soFar, formatInteger),
    ],
  };
}

export function slowestTable(clients: readonly SlowClient[]): TableModel {
  return {
    caption:
      clients.length === 0
        ? 'Every client is in step and has lost nothing.'
        : 'The longest backlog first, then who lost most; clients in step that lost nothing are not here.',
    columns: [
      text('Client'),
      text('policy'),
      number('backlog', 'Messages that wait for it now'),
      number('skipped', 'Messages, by its policy, so far'),
      number('conflated', 'Messages that later ones of their keys replaced, so far'),
    ],
    rows: clients.map(({ remote, policy, backlog, dropped, conflated }, i) => ({
      id: `slow-${i}`,
      name: remote,
      verdict: null,
      cells: [
        { text: remote === '' ? MISSING : remote, value: remote },
        { text: policy, value: policy },
        figure(backlog, formatInteger),
        figure(dropped, formatInteger),
        figure(conflated, formatInteger),
      ],
    })),
  };
}

function text(title: string): TableColumn {
  return { title, kind: 'text', hint: '' };
}

function number(title: string, hint: string): TableColumn {
  return { title, kind: 'number', hint };
}

function figure(value: number | null, format: (value: number | null) => string): TableCell {
  return { text: format(value), value };
}

/** A rate is of whole messages; undefined before the first second is over. */
function whole(value: number | undefined): number | null {
  return value === undefined ? null : Math.round(value);
}
