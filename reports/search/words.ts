/** A search in words and figures, for the terminal and for Markdown alike. */
import type { MetricUnit } from '../../bench/metric-catalogue.js';
import {
  type Axis,
  type Broken,
  type Judgement,
  type SearchAnswer,
  type SearchBinding,
  type SearchDocument,
  type SearchMeasured,
  type SearchProfile,
  type SearchTrial,
  UNSUSTAINED,
} from '../../bench/search/document.js';
import {
  formatBytes,
  formatFigure,
  formatInteger,
  formatMicros,
  formatPercent,
  formatRatio,
  MISSING,
  trimmed,
} from '../format.js';
import { plural } from '../model/cells.js';

/** `1,120 messages/s`, `500 clients`, `4 KiB`. */
export function loadText(axis: Axis, load: number): string {
  if (axis === 'size') return formatBytes(load);
  const one = axis === 'rate' ? 'message' : 'client';
  return `${formatInteger(load)} ${one}${load === 1 ? '' : 's'}${axis === 'rate' ? '/s' : ''}`;
}

/** The same without its unit, for a column that names it. */
export function bareLoad(axis: Axis, load: number | null): string {
  if (load === null) return MISSING;
  return axis === 'size' ? formatBytes(load) : formatInteger(load);
}

export const LOAD_TITLES: Readonly<Record<Axis, string>> = {
  rate: 'messages/s',
  clients: 'clients',
  size: 'payload',
};

/** Where it is so far. */
export function boundsText(
  { lower, upper }: Pick<SearchAnswer, 'lower' | 'upper'>,
  axis: Axis,
): string {
  if (lower === null && upper === null) return 'nothing known yet';
  if (upper === null) return `holds ${bareLoad(axis, lower)}`;
  if (lower === null) return `fails ${bareLoad(axis, upper)}`;
  return `between ${bareLoad(axis, lower)} and ${bareLoad(axis, upper)}`;
}

/** What a goal has come to: one sentence. */
export function answerText(answer: SearchAnswer, document: SearchDocument): string {
  const { status, lower, upper, width, limit } = answer;
  const { vary } = document;
  const at = (load: number | null): string => (load === null ? MISSING : loadText(vary, load));
  switch (status) {
    case 'found':
      return `holds at ${at(lower)} and not at ${at(upper)} (${trimmed(formatPercent(width))} apart)`;
    case 'unbounded':
      return `holds at ${at(lower)}, the largest load of the lab: its limit is above`;
    case 'unmet':
      return `does not hold at ${at(upper)}, the smallest load: no load meets it`;
    case 'instrument':
      return `${lower === null ? unconfirmedText(answer, vary) : `holds at ${at(lower)} at least`}: limit of the instrument at ${at(limit?.load ?? null)}; how much more the server carries is not known`;
    case 'open':
      return openText(answer, vary);
  }
}

function unconfirmedText({ initial }: SearchAnswer, axis: Axis): string {
  return initial.lower === null
    ? 'no load is confirmed'
    : `no load is confirmed (a short trial held at ${loadText(axis, initial.lower)})`;
}

function openText({ lower, upper, initial }: SearchAnswer, axis: Axis): string {
  if (lower !== null || upper !== null)
    return `not finished: ${boundsText({ lower, upper }, axis)}`;
  const short = [
    ...(initial.lower === null ? [] : [`held at ${loadText(axis, initial.lower)}`]),
    ...(initial.upper === null ? [] : [`failed at ${loadText(axis, initial.upper)}`]),
  ];
  return short.length === 0
    ? 'not finished: nothing is known yet'
    : `not finished: short trials ${short.join(' and ')}, which is not confirmed`;
}

/** Deliveries a second that it comes to; `messages/s` beside them where that is varied. */
export function throughputText({ conditional_throughput: one }: SearchAnswer): string {
  if (one === null) return MISSING;
  const deliveries =
    one.deliveries_per_s === null ? MISSING : `${formatInteger(one.deliveries_per_s)} deliveries/s`;
  return one.load === null ? deliveries : `${formatInteger(one.load)} messages/s, ${deliveries}`;
}

const CAUSES: Readonly<Record<SearchBinding['cause'], string>> = {
  SERVER_LOOP: 'the event loop of the server was full',
  SERVER_CPU: 'the server had a whole core and used it',
  MACHINE_CPU: 'server and clients together used all cores of the machine',
  SEND_QUEUE: 'messages waited in the server until its policy dropped them',
  RECEIVE_BUFFER: 'receive buffers of clients were full, and their kernel dropped datagrams',
  LINK: 'the link lost them',
  UNKNOWN: 'neither CPU nor sockets were at a limit that the lab sees',
};

/** What binds first: `p99<50ms, with 71.3 ms, in 2 of 3 trials at 1,240 messages/s`. */
export function bindingText(binds: SearchBinding, document: SearchDocument): string {
  const { failed, trials, load } = binds;
  return `${brokenText(binds, document)}, in ${failed} of ${plural(trials, 'trial')} at ${loadText(document.vary, load)}`;
}

export function causeText({ cause, what }: SearchBinding): string {
  return what === 'MESSAGE_TOO_LARGE' ? 'no datagram carries such a message' : CAUSES[cause];
}

/** CPU, loop and sockets there: short parts. */
export function stateParts({ state }: Pick<SearchMeasured, 'state'>): string[] {
  // Of a load that was refused: nothing was started.
  if (state.server === null && state.clients === null) return [];
  return [useText('server', state.server), useText('clients', state.clients), socketText(state)];
}

function useText(who: string, use: SearchMeasured['state']['server']): string {
  if (use === null) return `${who}: not known`;
  const { cpu_cores, loop_utilization, run_queue_ratio, loop_delay_us } = use;
  const cores = cpu_cores === null ? MISSING : cpu_cores.toFixed(2);
  return `${who}: ${cores} cores, loop ${formatPercent(loop_utilization)} busy and ${formatMicros(loop_delay_us.p99)} late (p99), waited ${formatPercent(run_queue_ratio)} for a CPU`;
}

function socketText(state: SearchMeasured['state']): string {
  const counted = [
    [state.dropped_by_policy, 'dropped by the policy'],
    [state.conflated, 'conflated'],
    [state.send_errors, 'send errors'],
    [state.kernel_receive_drops, 'dropped in full receive buffers'],
    [state.network_lost, 'lost on the link'],
    [state.tcp_retransmitted_segments, 'TCP segments sent again'],
  ] as const;
  const parts = counted.flatMap(([count, what]) =>
    count === null || count === 0 ? [] : [`${formatInteger(count)} ${what}`],
  );
  return `sockets: ${parts.length === 0 ? 'nothing lost or sent again' : parts.join(', ')}`;
}

/** `p99<50ms: 71.3 ms, 1.43× the limit`. */
export function brokenText(
  { what, metric, value, limit, message }: Broken,
  document: SearchDocument,
): string {
  if (what === UNSUSTAINED)
    return `${what}: the median latency grew by ${formatMicros(value)} a second`;
  if (metric === null) return `${what}: ${message}`;
  if (value === null) return `${what}: ${message}`;
  const unit = unitOf(metric, document);
  const times = limit === null || limit === 0 ? '' : `, ${formatRatio(value / limit)} the limit`;
  return `${what}: ${formatFigure(unit, value)}${times}`;
}

function unitOf(metric: string, { goals }: Pick<SearchDocument, 'goals'>): MetricUnit {
  const objectives = goals.flatMap((goal) => goal.objectives);
  return objectives.find((one) => one.metric === metric)?.unit ?? 'us';
}

export const OUTCOME_MARKS: Readonly<Record<Judgement['outcome'], string>> = {
  pass: '✔ holds',
  fail: '✘ fails',
  void: '– void',
};

/** What a trial says of a goal: `✘ fails p99<50ms`, `– void SUBSCRIBER_SATURATED`. */
export function outcomeText({ outcome, broken, reason }: Judgement): string {
  const why = outcome === 'fail' ? broken.map(({ what }) => what).join(' ') : (reason?.code ?? '');
  return `${OUTCOME_MARKS[outcome]}${why === '' ? '' : ` ${why}`}`;
}

/** A trial in one line, for logs. */
export function trialLine(
  trial: SearchTrial,
  axis: Axis,
  goals: readonly { readonly expression: string }[],
): string {
  const outcomes = trial.judgements.map(
    (one, i) => `${outcomeText(one)}${goals.length === 1 ? '' : ` (${goals[i]!.expression})`}`,
  );
  return `${loadText(axis, trial.load)}, ${trial.duration_s} s: ${outcomes.join('; ')}, ${figuresText(trial)}`;
}

/** A look at the latency in the end, in one line. */
export function profileLine(profile: SearchProfile, axis: Axis): string {
  return `${loadText(axis, profile.load)}, ${trimmed(formatPercent(profile.share))} of the capacity: ${figuresText(profile)}`;
}

function figuresText({ p99_us, loss_ratio }: SearchMeasured): string {
  return `p99 ${formatMicros(p99_us)}, loss ${formatPercent(loss_ratio)}`;
}

/** What the trials were like, and what a bound means. */
export function methodText(document: SearchDocument): string {
  const { initial_s, final_s, duration_sum_s, exceed_ratio, width, quick } = document;
  const share = trimmed(formatPercent(exceed_ratio));
  return (
    `Each trial is a fresh cell. Short ones of ${initial_s} s find the place, those of ${final_s} s decide, up to ${duration_sum_s} s at a load: ` +
    `it holds unless more than ${share} of that time failed (MLRsearch, exceed ratio ${share}). It ends when the bounds are ${trimmed(formatPercent(width))} apart. ` +
    'A trial in which the lab itself was at its limit is void, and counts for nothing.' +
    (quick ? ' --quick shows the place; leave it out for a figure to defend.' : '')
  );
}
