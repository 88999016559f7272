/** What is said of each reason of a verdict: what was seen, and what comes next. */
import type { ReasonText } from '../error-text.js';

export const REASON_TEXTS: Readonly<Record<string, ReasonText>> = {
  INTERRUPTED: {
    severity: 'SUSPECT',
    meaning: 'Ctrl-C ended the window early: the figures cover what was published until then.',
    next: 'let it finish.',
  },
  BACKLOG_AT_END: {
    severity: 'SUSPECT',
    meaning:
      'Messages of the window still arrived more than 5 % of its length (and more than 0.1 s) after its end: the subscribers were behind the feed, and the goodput, divided by the longer time, is below the offered load.',
    next: 'lower `--rate` or `--clients`, or raise `--duration` to see whether the backlog grows.',
  },
  READINESS_INCOMPLETE: {
    severity: 'INVALID',
    meaning:
      'Fewer clients had joined when the feed began than were asked for; the message counts the reasons.',
    next: 'lower `--clients`, or raise the limit that the message names (open files, ports, memory).',
  },
  SUBSCRIBERS_CUT: {
    severity: 'INVALID',
    meaning: 'Subscriptions ended before the feed did; the message counts the codes.',
    next: 'look those codes up above; with LAGGED, see `--policy`.',
  },
  NOTHING_DELIVERED: {
    severity: 'INVALID',
    meaning: 'No message of the window reached anybody.',
    next: 'check that `--rate` × `--duration` is at least one message, and the network.',
  },
  RATE_MISSED: {
    severity: 'INVALID',
    meaning:
      'The server published at less than 99 % of the planned rate, or was still publishing when Tmax had passed: another load than the one asked for was measured.',
    next: "lower `--rate` or `--clients` until it goes away; that is this machine's limit.",
  },
  FEED_BLOCKED: {
    severity: 'SUSPECT',
    meaning:
      'With `--policy block` the feed waited for its slowest subscriber, and published at less than 99 % of the planned rate. Where all of it was published in the end the wait is in every latency. Where Tmax passed before that, the cell is INVALID: what was never published has no latency.',
    next: 'this is what the policy costs at this load: lower `--rate` for what it costs below it, or compare `--policy conflate,drop-oldest`.',
  },
  FEED_MISMATCH: {
    severity: 'INVALID',
    meaning:
      'With `--shards`: the server processes did not publish the same feed, though none was cut short. Most likely a recording was changed while they read it.',
    next: 'leave the file alone while a run lasts, and run again.',
  },
  TARGET_BEHIND: {
    severity: 'INVALID',
    meaning:
      'Of a server that was running already (`--target`), messages published in the window were still coming when Tmax had passed: how many more there were is not known.',
    next: 'lower `--clients`, or raise `--tmax`.',
  },
  TARGET_SILENT: {
    severity: 'SUSPECT',
    meaning:
      'The server of `--target` published nothing in the last part of the window, nor until Tmax had passed, though its subscriptions lasted: its feed ended, or it stands still. What came before has its figures; what never came has no latency, and nobody can tell how much it would have been.',
    next: 'look at the server, and at its source.',
  },
  CLOCK_DISAGREES: {
    severity: 'SUSPECT',
    meaning:
      "The server of `--target` is on this machine, and its clock is proven to differ from the lab's: it was set during the run, or the server does not follow it (`lab serve` does, within a second). Latencies are corrected by the difference, or left out where it is not known; PDV, jitter, skew and loss hold.",
    next: 'start the server again.',
  },
  CLOCK_UNVERIFIED: {
    severity: 'SUSPECT',
    meaning:
      "Too little tells how the clock of the server of `--target` differs from the lab's: it does not say its clock when it is joined, its messages are too few, or the way to it is as long as the latencies. They may be wrong by what the message names.",
    next: 'a quicker feed, or a restart of the server.',
  },
  LEDGER_UNBALANCED: {
    severity: 'INVALID',
    meaning:
      'More than 0.01 % of the deliveries went missing, and nothing the lab can see explains where: datagrams that are known to be lost explain no more than so many can have held. Or the sum is right and the accounts of single subscribers are not.',
    next: "on Linux over loopback, run again and report it if it stays; over a network it is mostly the network's loss; elsewhere the kernel's drops cannot be read, so run on Linux.",
  },
  SUBSCRIBERS_UNBALANCED: {
    severity: 'SUSPECT',
    meaning:
      'All losses together are explained or too few to matter, but some subscribers miss more than 0.01 % of their own messages without an explanation.',
    next: 'raise `--rcvbuf`, and do not trust the tail of such a cell.',
  },
  SEND_LAG_HIGH: {
    severity: 'SUSPECT',
    meaning:
      'The generator was later than the typical message took in all (the schedule lag p99 is above the latency p50): the latencies show the generator.',
    next: 'lower `--rate` or free some CPU; read `schedule_lag_us` beside `latency_us`, percentile by percentile.',
  },
  SERVER_BUSY: {
    severity: 'SUSPECT',
    meaning: "The server's event loop was busy 90 % of the window or more.",
    next: 'lower `--rate` or `--clients` to measure latency rather than queueing.',
  },
  SERVER_SATURATED: {
    severity: 'INVALID',
    meaning: '99 % or more: what was measured is a queue.',
    next: 'as above. As an answer to "how much can it carry?", this load is too much.',
  },
  SUBSCRIBER_BUSY: {
    severity: 'SUSPECT',
    meaning: 'The event loop of a subscriber process was busy 90 % of the window or more.',
    next: 'lower `--clients` or `--rate`, or use a machine with more cores.',
  },
  SUBSCRIBER_SATURATED: {
    severity: 'INVALID',
    meaning: '99 % or more: the subscribers were measured, not the transport.',
    next: 'as above, or raise `--processes` if cores are idle.',
  },
  SERVER_STARVED: {
    severity: 'SUSPECT',
    meaning:
      "The server's event loop was busy 90 % of the window or more by the clock, but the process used less than 80 % of a core, or of its quota: it was kept waiting, and is not at its limit.",
    next: 'give the lab the CPU (no quota, a quiet machine, more cores), and run again.',
  },
  SUBSCRIBER_STARVED: {
    severity: 'SUSPECT',
    meaning: 'The same of a subscriber process: its latencies are those of its waiting.',
    next: 'as above.',
  },
  LINK_LATE: {
    severity: 'INVALID',
    meaning:
      'The emulator of the link delivered 1 % of the packets later than decided by more than 1 ms, and by more than 5 % of the delay asked for: the latencies show this machine, not the link.',
    next: 'lower `--clients` or `--rate`, or use a machine with more cores.',
  },
  LINK_OVERRUN: {
    severity: 'INVALID',
    meaning:
      'The kernel or the emulator of the link threw packets away that it was not asked to lose.',
    next: 'likewise.',
  },
  LINK_UNVERIFIED: {
    severity: 'INVALID',
    meaning:
      'What the cell itself saw of its emulated link is outside of what chance and clocks allow: the share of packets that were lost, doubled, inverted or held back, or a message or ping that was faster than the delay. The message has each figure beside what was asked for.',
    next: 'run again: less than one sound cell in 100,000 is so by chance.',
  },
  CPU_CONTENDED: {
    severity: 'SUSPECT',
    meaning:
      'Processes of the cell were ready to run and waited for a CPU: for more than 15 % of the window while others used the machine, or for more than half of it whoever used it. The message says who waited how long, and how many cores others used.',
    next: 'stop what else runs; if nothing does, lower `--clients` or `--rate`, or use more cores.',
  },
  CPU_THROTTLED: {
    severity: 'SUSPECT',
    meaning:
      'A control group of the lab (a container, a systemd unit, at whatever level) used up its CPU quota in more than 1 % of its periods: everything in it then stands still until the next one, and the latencies show it.',
    next: 'run without the quota (of the container, or `CPUQuota=`), or lower `--rate` or `--clients`; `lab doctor` names the group.',
  },
  INSTRUMENT_DOMINATES: {
    severity: 'SUSPECT',
    meaning:
      'More than half of the p99 (and more than 1 ms) arose in the subscriber processes of the lab: between the arrival at their kernel and their code or, where nothing tells the arrival, as delay of their event loops. A client of its own process would see less.',
    next: 'lower `--clients` or `--rate`, or use a machine with more cores.',
  },
  PROCESS_STALLED: {
    severity: 'SUSPECT',
    meaning:
      'A subscriber process stood still for 100 ms or more while messages of the window came, and for more than half of the latency p99: what came meanwhile was received late. A server that stands still is no reason: every message that is due meanwhile shows it.',
    next: 'run again on a quiet machine.',
  },
  ARRIVAL_UNDATED: {
    severity: 'SUSPECT',
    meaning:
      'More than a tenth of the deliveries over TCP or WebSocket is `undated`: their subscriber process ran other code, or waited for a CPU, when they came, and of what lies unread the kernel keeps the time of the last segment alone. They are in `receipt_us`, and in no percentile of `arrival_us`.',
    next: 'lower `--clients` or `--rate`, use more cores, or run again on a quiet machine.',
  },
  CPU_STOLEN: {
    severity: 'SUSPECT',
    meaning:
      'This is a virtual machine, and its host gave more than 2 % of its CPU time to others while the cell ran: they are in the latencies.',
    next: 'run again when the host is quieter, or on hardware of your own.',
  },
  STRANGERS: {
    severity: 'SUSPECT',
    meaning:
      'More than ten connections or datagrams of strangers a second came to the server in the window. They got nothing of the feed ([LAB_ERR_NOT_INVITED](#lab_err_not_invited)), but each cost the server time.',
    next: 'see who uses the port, or choose another `--port` or `--host`.',
  },
  SOURCE_STARVED: {
    severity: 'SUSPECT',
    meaning: 'The source had no message ready when one was due.',
    next: 'a faster disk or source, or a lower `--rate`.',
  },
  NEGATIVE_LATENCY: {
    severity: 'SUSPECT',
    meaning:
      'Messages seem to have arrived before they were due: the clocks of two processes disagree.',
    next: 'report it as a bug; of a server that was running already, start it again.',
  },
  LATENCY_OVERFLOW: {
    severity: 'SUSPECT',
    meaning: 'Latencies were beyond the histogram (about 35 minutes) and are in no percentile.',
    next: 'shorten `--tmax`.',
  },
  TOO_FEW_SAMPLES: {
    severity: 'SUSPECT',
    meaning: 'Fewer than 1,000 latencies: too few for a p99.',
    next: 'raise `--duration`, `--rate` or `--clients`.',
  },
  RECEIVE_BUFFER_SMALL: {
    severity: 'SUSPECT',
    meaning:
      'The kernel granted the UDP subscribers a smaller receive buffer than `--rcvbuf` asked for, so loss may be its doing.',
    next: 'raise `net.core.rmem_max`.',
  },
  SEND_BUFFER_SMALL: {
    severity: 'SUSPECT',
    meaning: 'The kernel granted the UDP server a smaller send buffer than `--sndbuf` asked for.',
    next: 'raise `net.core.wmem_max`.',
  },
};
