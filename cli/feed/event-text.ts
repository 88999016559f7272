/** What happens to a feed, in one line each. Pure. */
import { formatInteger } from '../../reports/format.js';
import type { FeedEvent, GapReason } from '../../src/client/feed-event.js';
import { durationText } from '../../src/options/value-text.js';
import { flagWords } from '../args/flag-words.js';

const WHY: Readonly<Record<GapReason, string>> = {
  lagged: 'the server skipped them, as this subscriber fell behind or its codec cannot carry them',
  conflated: 'later ones of their keys come instead, as this subscriber fell behind',
  retention: 'the server no longer has them',
  restart: 'the restarted server no longer has them',
  network: 'lost on the way',
  'slow-consumer': 'they came faster than they were taken',
};

/** Undefined for what is not news: the first welcome, and the end that was asked for. */
export function eventText(event: FeedEvent): string | undefined {
  switch (event.type) {
    case 'connected':
      return event.resumed ? `connected again, going on with seq ${event.welcome.next}` : undefined;
    case 'gap': {
      const { from, to, missed, reason, exact } = event;
      const unit = missed === 1 ? 'message' : 'messages';
      const bound = exact ? '' : reason === 'network' ? 'at least ' : 'at most ';
      const where = from === to ? `seq ${from}` : `seq ${from} to ${to}`;
      return `gap: ${bound}${formatInteger(missed)} ${unit} missing (${where}): ${WHY[reason]}`;
    }
    case 'snapshot-incomplete': {
      const bound = event.exact ? '' : 'at most ';
      return `gap: ${bound}${formatInteger(event.missed)} of the snapshot missing: ${WHY[event.reason]}`;
    }
    case 'reconnecting': {
      const when = event.delayMs === 0 ? 'at once' : `in ${durationText(event.delayMs)}`;
      return `reconnecting ${when} (attempt ${event.attempt}): ${event.cause.code}: ${flagWords(event.cause.message)}`;
    }
    case 'restarted':
      return `the server was restarted: epoch ${event.newEpoch} after ${event.oldEpoch}`;
    case 'receive-buffer': {
      const { requested, granted } = event;
      const limit = `sysctl -w net.core.rmem_max=${requested}`;
      return `the system granted ${formatInteger(granted)} of the ${formatInteger(requested)} bytes of receive buffer asked for; to raise its limit: ${limit}`;
    }
    case 'policy':
      return `the server allows less of a backlog than ${event.requested}: the policy is ${event.granted}`;
    case 'ended':
      return event.reason === 'closed' ? 'the feed is over' : undefined;
  }
}
