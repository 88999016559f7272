/** What is said of each error code: why it comes, and what to do. */
import type { ErrorText } from '../error-text.js';

export const ERROR_TEXTS: Readonly<Record<string, ErrorText>> = {
  LAB_ERR_USAGE: {
    meaning:
      'The command line cannot be read: unknown command or option, an option given twice, two outputs that both claim stdout or one file, a `--config` of scenarios without a `--scenario`, an argument that is not UTF-8, sides of an A/B whose cells do not match one to one.',
    next: 'what the hint says, or `lab help run`.',
  },
  LAB_ERR_BAD_VALUE: {
    meaning:
      'A value is out of range, has the wrong form or contradicts another one (`--rate recorded` without times), a `--threshold` lacks a unit that fits its metric, or the matrix is absurdly large. Also: a `--config` file cannot be read, is not YAML or JSON, or has a key that is not a setting; the URL of a feed or an `--alert` cannot be understood; an option of the library is not what it may be, or not known.',
    next: 'use the range in the message or the hint; `--dry-run` prints what would run.',
  },
  LAB_ERR_NO_EFFECT: {
    meaning:
      'An option is given, and nothing of what was asked for makes use of it: `--group` with `--transport tcp`, `--speed` with a fixed rate, columns of a source that is not a recording, `--exec` without an `--alert`, a flag that describes a server of the lab beside `--target`, or one of the run beside `--resume`, a `--fail-on worse` that no difference could break, as the sample is too small; of `createServer`, `onEnd` without a `source`. A configuration file may hold settings for its other scenarios; those are left alone.',
    next: 'leave it out, or choose what the hint names.',
  },
  LAB_ERR_UNKNOWN_TRANSPORT: {
    meaning: 'No transport has this name. Typically a typo.',
    next: 'use a name from the hint.',
  },
  LAB_ERR_UNKNOWN_CODEC: {
    meaning: 'No codec has this name, or the server a client asked does not speak it.',
    next: 'use a name from the hint.',
  },
  LAB_ERR_UNKNOWN_SOURCE: {
    meaning: 'No source has this name. Typically the file without its prefix.',
    next: 'write `--source replay:FILE`.',
  },
  LAB_ERR_UNKNOWN_POLICY: {
    meaning: 'No overload policy has this name.',
    next: 'use a name from the hint.',
  },
  LAB_ERR_UNKNOWN_LINK: {
    meaning: 'No profile of a link has this name, and it is no spec either.',
    next: 'use a name from the hint, or write a spec ([the link](../design/link.md#a-spec)).',
  },
  LAB_ERR_LINK_TRACE: {
    meaning:
      'The trace of a link is missing, not permitted, no regular file, too large or not UTF-8, or one of its lines is no whole number of milliseconds, is below the one before it, or leaves no period. The message names the line.',
    next: 'give a trace in the format of mahimahi ([traces](../design/link.md#traces)).',
  },
  LAB_ERR_FD_LIMIT: {
    meaning:
      'The clients asked for need more open files in one process than its limit allows: one per TCP or WebSocket client in its server process, one per client in a subscriber process (`lab serve` lowers its default instead, with a warning; with fewer than 128 it does not start). Or something could not be opened because the process, or the system, has too many files open. Node raises the soft limit to the hard one by itself, so the hard one is what counts.',
    next: 'raise it with `ulimit -n` (as root), lower `--clients` or `--max-clients`, or spread them with `--shards` (servers) and `--processes` (subscribers).',
  },
  LAB_ERR_UDP_SENDER: {
    meaning:
      '`--udp-sender sendmmsg` was asked for where it cannot be: not on Linux, on an architecture it is not known on, without the optional package koffi, or without /proc. The message says which. At the first cell it ends the run.',
    next: 'use `--udp-sender auto`, which takes `dgram` then, or `npm install koffi`.',
  },
  LAB_ERR_CONGESTION: {
    meaning:
      'A congestion control was asked for (`--congestion bbr`) that the kernel does not have, or that this user may not choose, or where nobody can be asked: not on Linux, or without the optional package koffi. The hint says which there are.',
    next: 'choose one of those in the hint, or leave it at `default`, which is `net.ipv4.tcp_congestion_control` of the machine; the result names it.',
  },
  LAB_ERR_NATIVE: {
    meaning:
      'Sockets over system calls were asked for (`--receiver native`) where they cannot be: not on Linux, on an architecture whose structures are not known, without the optional package koffi, or where a filter refuses a call. The message says which.',
    next: 'use `--receiver auto`, which takes Node’s own sockets then, or `npm install koffi`.',
  },
  LAB_ERR_LINK_UNAVAILABLE: {
    meaning:
      'A link between clients and server was asked for where none can be emulated: not on Linux, without the optional package koffi or the programs `ip` and `nsenter`, without /dev/net/tun or the right to open it, or without CAP_SYS_ADMIN and CAP_NET_ADMIN where user namespaces are forbidden, too. The message names everything that is missing.',
    next: 'run as root, or have the administrator give what is missing (`chmod 666 /dev/net/tun` lets every user make network devices of his own).',
  },
  LAB_ERR_EXPORT_PATH: {
    meaning:
      'A file or directory for the results cannot be written, or is relative to a working folder that was deleted. Known before the work begins. Of `lab record`: there is a recording in it already.',
    next: 'give a path you may write to, or `--force` where it is to be overwritten.',
  },
  LAB_ERR_LINK_UNVERIFIED: {
    meaning:
      'An emulated link was looked at from both of its ends before its use, and does not do what it was asked to. The message has the first figure that is outside of what chance and the clocks allow.',
    next: 'where delay, rate or lateness is meant, the machine is too busy: end other programs, or run as root, so that the emulator goes before others; `lab link` with the same spec prints all figures.',
  },
  LAB_ERR_EXPORT_FAILED: {
    meaning:
      'The work is done, and what came of it could not be written: a full disk, a directory removed meanwhile, a stdout that takes nothing. What else was to be written has been; of `lab record`, the whole lines that the message counts; a result that would be nowhere is where another sentence says.',
    next: 'look at the message, and make room or choose another place.',
  },
  LAB_ERR_SOURCE_UNREADABLE: {
    meaning:
      'The recording is missing, not permitted, no regular file or too large; or standard input broke off before its end. Relative paths start at the current folder.',
    next: 'correct the path, or look at the program behind the pipe.',
  },
  LAB_ERR_SOURCE_MALFORMED: {
    meaning:
      'A line of the recording is not what the others are, or could be read in two ways: bad JSON or CSV, another header, a time that is none or whose unit is open, a number that no double holds, columns divided by something else, text that is not UTF-8. The message names the line.',
    next: 'correct or remove it, or say what is meant as the hint has it (`--time-column`, `--key-column`, `--time-unit`; [sources](../design/sources.md#replay)). Nothing was published.',
  },
  LAB_ERR_SOURCE_EMPTY: {
    meaning:
      'The recording has no row of data, none between `--replay-from` and `--replay-to`, or upstream knows none of the symbols asked for. Typically a CSV with a header only, or a misspelt symbol.',
    next: 'give a file with rows, or a part that the hint says was recorded; look the symbols up.',
  },
  LAB_ERR_SOURCE_KEY: {
    meaning:
      'The source needs an API key, and there is none, it cannot be read, or upstream refused it. No message quotes a key.',
    next: 'get one (Finnhub: https://finnhub.io/register) and set it as the hint says ([sources](../design/sources.md#finnhub)).',
  },
  LAB_ERR_SOURCE_FAILED: {
    meaning:
      'A source of `lab serve` or `createServer` threw while it was read. What follows is for `--on-end` to say; with `exit` the server ends with this error.',
    next: "look at the message; it is the source's own.",
  },
  LAB_ERR_RESULT_UNREADABLE: {
    meaning:
      'The result file of `lab report` or `lab compare` is missing, not permitted, too large or not UTF-8 (a byte order mark is fine; UTF-16 is named), or its folder holds neither a `result.json` nor a `cells.ndjson`: nothing was measured.',
    next: 'give the `result.json` of a run, or its folder.',
  },
  LAB_ERR_RESULT_INVALID: {
    meaning:
      'It is not JSON, or not a valid `lab-result/v1`, or a `cells.ndjson` with a line that is none; the message names the first field that is wrong, and nothing is looked at after it. Typically an edited or truncated file.',
    next: 'use the file as the lab wrote it ([every field](results.md)).',
  },
  LAB_ERR_RESULT_VERSION: {
    meaning: 'The result was written in another version of the format.',
    next: 'read it with the lab that wrote it, or a newer one.',
  },
  LAB_ERR_RESUME: {
    meaning:
      '`lab run --resume FOLDER`, or `lab search --resume FOLDER`, cannot go on with that run: another process writes its folder, an earlier lab began it, or something differs that shapes figures (the lab, Node, the kernel, the machine, the recording), which the message names. One table must not mix two machines.',
    next: 'wait, resume it where it was begun, or run its command again ([resuming](../design/runs.md#resuming-a-run)).',
  },
  LAB_ERR_PORT_IN_USE: {
    meaning:
      "Something else is bound to the server's port; the message names the flag that sets it.",
    next: 'stop it, choose another port, or 0 for a free one. At the first cell it ends the run.',
  },
  LAB_ERR_LISTEN: {
    meaning:
      'The server cannot listen: the address is not one of this machine (of a name, none of its addresses is), the port needs privileges, or no interface leads to the multicast group.',
    next: 'correct `--host`, `--port`, `--multicast-interface`. At the first cell it ends the run.',
  },
  LAB_ERR_CONNECT: {
    meaning:
      'No connection: nothing listens there, the network refuses, or the machine ran out of ports. In a run: READINESS_INCOMPLETE.',
    next: 'check that the server runs and which limits apply.',
    inCell: true,
  },
  LAB_ERR_CONNECT_TIMEOUT: {
    meaning:
      'The server sent no welcome in time: overloaded, not a lab server, or a firewall drops the packets. Or, over TCP, its stream for clients without a request had begun before ours came, four times over: a slow network, or a process too busy to write. The time (10 s, `timeoutMs`) is for all stages together, from the lookup of the name to a whole welcome. In a multicast group: nobody announced a feed there; the wrong `--group`, port or interface, or no route. In a run: READINESS_INCOMPLETE.',
    next: 'lower `--clients`, or look at the path.',
    inCell: true,
  },
  LAB_ERR_MAX_CLIENTS: {
    meaning:
      'The server has as many subscribers as it was started for (`maxClients`, `--max-clients`).',
    next: 'try later, or start the server with more.',
    inCell: true,
  },
  LAB_ERR_NOT_INVITED: {
    meaning:
      'The server is one of `lab run`, and serves only the subscribers of its cell: they ask for it by its [epoch](../design/protocol.md#request), which nobody else is told. A probe or a client beside a run gets this and costs no subscriber its place.',
    next: 'subscribe to a `lab serve`.',
  },
  LAB_ERR_MAX_FILTERS: {
    meaning:
      'Too many different sets of `keys` are in use; each costs an encoding of its messages (`maxFilters`, default 64).',
    next: 'subscribe without keys, or with the same as others.',
    inCell: true,
  },
  LAB_ERR_BAD_REQUEST: {
    meaning:
      "A client's [request](../design/protocol.md#request) is not JSON, has an unknown member, or is too long; or it asks a multicast group, which takes none, for keys, a policy or a replay.",
    next: 'send one such as `{"codec":"line-json"}`, or nothing on TCP.',
    inCell: true,
  },
  LAB_ERR_MESSAGE_TOO_LARGE: {
    meaning:
      "A message is longer than its codec's limit (1 MiB) or than one UDP datagram carries; nothing is ever cut or fragmented. `lab run` tries the source before it starts.",
    next: 'lower `--size`, raise `--datagram` (up to 1472), or use TCP.',
  },
  LAB_ERR_MESSAGE_INVALID: {
    meaning:
      'A publisher gave a value that not every codec carries exactly: NaN, undefined, a class instance, a lone surrogate, or a sequence number or time out of range.',
    next: 'publish JSON values or bytes.',
  },
  LAB_ERR_MALFORMED: {
    meaning:
      'Bytes are not a message of the codec. Typically the two ends use different codecs, or the bytes were damaged.',
    next: 'use the same `--codec` at both ends. In a run: SUBSCRIBERS_CUT.',
    inCell: true,
  },
  LAB_ERR_PROTOCOL: {
    meaning:
      'The peer broke the order of the protocol: data before the welcome, another wire version, an END nobody knows. Or a server announced what none can live by, and the message names it: a heartbeat above a minute, another codec than the one asked for, more snapshot than messages. Typically other releases at the two ends.',
    next: 'use the same. In a run: SUBSCRIBERS_CUT or READINESS_INCOMPLETE.',
    inCell: true,
  },
  LAB_ERR_LAGGED: {
    meaning: 'The subscriber fell behind what the server retains, and its policy is `disconnect`.',
    next: 'read faster, lower `--rate`, or use `--policy drop-oldest` and accept counted loss. In a run: SUBSCRIBERS_CUT.',
    inCell: true,
  },
  LAB_ERR_PEER_TIMEOUT: {
    meaning:
      'UDP: one end heard nothing from the other for a whole lease (5 s by default). TCP, WebSocket and multicast: the client heard nothing from the server for three heartbeats, at least 5 s; bytes that make no message are nothing. From the server: the client took nothing of what was queued for it, or (WebSocket) gave no sign of life, for 30 s. The peer or the network is gone, or a process stood still that long.',
    next: 'connect again; in a run lower the load. In a run: SUBSCRIBERS_CUT.',
    inCell: true,
  },
  LAB_ERR_CONGESTED: {
    meaning:
      'UDP: the subscriber kept losing far more of what it was sent than TCP would bear at that rate, or nothing reached it though it was there, and pacing did not help: the circuit breaker of the server has ended it. The client does not connect again by itself.',
    next: 'take the feed over TCP, or less of it (`--keys`, `--policy conflate`); where the loss is meant, `lab serve --circuit-breaker off`. In a run: SUBSCRIBERS_CUT.',
    inCell: true,
  },
  LAB_ERR_CLOSED: {
    meaning:
      'The other end is gone or the feed is over: publishing on a closed broadcast, or a connection that ended without END (the server died), or a multicast server that has started again. From `connect`: its `signal` was aborted.',
    next: 'look at the server, connect again. In a run: SUBSCRIBERS_CUT.',
    inCell: true,
  },
  LAB_ERR_WORKER_DIED: {
    meaning:
      'A process of the lab ended before its work: killed from outside, out of memory, or a bug. The hint quotes the end of its stderr.',
    next: 'run the cell again; lower `--clients` if memory ran out. Only this cell is lost.',
    inCell: true,
  },
  LAB_ERR_WORKER_TIMEOUT: {
    meaning: 'A process of the lab did not answer in time; the machine is overloaded.',
    next: 'lower `--clients` or `--rate`. Only this cell is lost.',
    inCell: true,
  },
  LAB_ERR_INTERNAL: {
    meaning: 'A bug in the lab, or a checkout that is not built.',
    next: 'build it, run again with `--debug`, report what it prints.',
  },
};
