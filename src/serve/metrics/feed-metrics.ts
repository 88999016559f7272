/** Metrics of the feed. Pure. */
import { type Metric, perTransport, type Sample, TRANSPORT } from './metric.js';

/** What is published, and what becomes of it. */
export const FEED_METRICS: readonly Metric[] = [
  {
    name: 'lab_published_messages_total',
    help: 'Messages published',
    samples: ({ published }) => [[published]],
  },
  {
    name: 'lab_published_bytes_total',
    help: 'Their bytes, encoded once in the default codec',
    samples: ({ publishedBytes }) => [[publishedBytes]],
  },
  {
    name: 'lab_sent_messages_total',
    help: 'Messages handed to the kernel, summed over subscribers',
    labels: TRANSPORT,
    samples: perTransport(({ sentMessages }) => sentMessages),
  },
  {
    name: 'lab_sent_bytes_total',
    help: 'Bytes of data handed to the kernel, headers of ours and padding included',
    labels: TRANSPORT,
    samples: perTransport(({ sendBytes }) => sendBytes),
  },
  {
    name: 'lab_sends_total',
    help: 'Writes or datagrams of data handed to the kernel',
    labels: TRANSPORT,
    samples: perTransport(({ sends }) => sends),
  },
  {
    name: 'lab_padding_bytes_total',
    help: 'Of the bytes, those that only fill datagrams up to one length (UDP segmentation)',
    labels: TRANSPORT,
    samples: perTransport(({ paddingBytes }) => paddingBytes),
  },
  {
    name: 'lab_coalesced_sends_total',
    help: 'Sends of several datagrams that the kernel cut apart (UDP segmentation)',
    labels: TRANSPORT,
    samples: perTransport(({ coalescedSends }) => coalescedSends),
  },
  {
    name: 'lab_coalesced_datagrams_total',
    help: 'Datagrams in those sends, each of them in lab_sends_total',
    labels: TRANSPORT,
    samples: perTransport(({ coalescedDatagrams }) => coalescedDatagrams),
  },
  {
    name: 'lab_segmentation_refused_total',
    help: 'Subscribers on whose path the kernel would not segment: their datagrams go one by one',
    labels: TRANSPORT,
    samples: perTransport(({ segmentationRefused }) => segmentationRefused),
  },
  {
    name: 'lab_dropped_messages_total',
    help: 'Messages that subscribers missed: skipped by the overload policy, replaced by later ones of their keys (conflated), in a send that failed, or refused (not for their codec or datagrams)',
    labels: ['transport', 'reason'],
    samples: ({ transports }) =>
      transports.flatMap(
        ({
          name: transport,
          droppedMessages,
          conflatedMessages,
          sendErrorMessages,
          refusedMessages,
        }): Sample[] => [
          [droppedMessages, { transport, reason: 'policy' }],
          [conflatedMessages, { transport, reason: 'conflated' }],
          [sendErrorMessages, { transport, reason: 'send_error' }],
          [refusedMessages, { transport, reason: 'refused' }],
        ],
      ),
  },
  {
    name: 'lab_codec_refusals_total',
    help: 'Messages that a codec other than the default one could not encode, once for each codec and set of keys in use',
    samples: ({ refusedMessages }) => [[refusedMessages]],
  },
  {
    name: 'lab_truncated_replays_total',
    help: 'Subscriptions that asked by number for messages no longer retained',
    samples: ({ truncatedReplays }) => [[truncatedReplays]],
  },
  {
    name: 'lab_sink_errors_total',
    help: 'Subscriptions ended because the sink of a transport of your own threw',
    samples: ({ sinkErrors }) => [[sinkErrors]],
  },
  {
    name: 'lab_backlog_messages',
    help: 'Messages retained and now waiting for slow subscribers, summed over them',
    samples: ({ backlog }) => [[backlog]],
  },
  {
    name: 'lab_clock_steps_total',
    help: 'Times the wall clock was set, or the machine suspended, by more than a second',
    samples: ({ clock }) => [[clock.steps]],
  },
  {
    name: 'lab_clock_step_seconds',
    help: 'By how much in all, forwards less backwards',
    samples: ({ clock }) => [[clock.stepMicros / 1e6]],
  },
  {
    name: 'lab_forgotten_keys_total',
    help: 'Keys that the snapshot had to forget',
    samples: ({ forgottenKeys }) => [[forgottenKeys]],
  },
  {
    name: 'lab_flushes_total',
    help: 'Passes over all subscribers',
    samples: ({ flushes }) => [[flushes]],
  },
  {
    name: 'lab_flush_seconds_total',
    help: 'Time spent in them',
    samples: ({ flushMicros }) => [[flushMicros / 1e6]],
  },
];
