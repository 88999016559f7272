import { type ReadText, readText } from '../../../src/kernel/read-text.js';

/** Why a ping gave no figures, and what to do about it. */
interface PingFailure {
  readonly reason: string;
  readonly hint: string | null;
}

/**
 * The ping refused the interval (a limit for ordinary users, or a build without fractions): ask
 * again, more slowly.
 */
export function refusesInterval(output: string): boolean {
  return /minimal interval|interval too short|invalid number|illegal number|bad timing interval|invalid interval/i.test(
    output,
  );
}

/** The ping does not know one of the options: ask again with the few that every ping has. */
export function refusesOptions(output: string): boolean {
  return /(?:invalid|unknown|illegal|unrecognized) option|unknown switch|bad option|^usage:/im.test(
    output,
  );
}

const NOT_PERMITTED =
  /operation not permitted|permission denied|cap_net_raw|are you root|lacking privilege/i;
const UNKNOWN_HOST =
  /name or service not known|unknown host|bad address|cannot resolve|could not find host|temporary failure in name resolution|no address associated|nodename nor servname/i;
const NO_ROUTE =
  /network is unreachable|no route to host|general failure|host is down|can't assign requested address/i;

/**
 * Reads the words of a ping that ended without a timed reply. `output` is what it wrote, errors
 * first. Pure.
 */
export function explainFailure(output: string, host: string, sent: number): PingFailure {
  const said = firstWords(output);
  if (/send(?:msg|to): operation not permitted/i.test(output)) {
    return {
      reason: `ping may not send to ${host}: ${said}`,
      hint: 'A firewall rule on this machine rejects ICMP.',
    };
  }
  if (NOT_PERMITTED.test(output)) {
    return {
      reason: `ping is not permitted to open its socket: ${said}`,
      hint: 'Give it the right: sudo setcap cap_net_raw+ep "$(command -v ping)", or in a container: --cap-add NET_RAW',
    };
  }
  if (UNKNOWN_HOST.test(output)) {
    return {
      reason: `ping cannot resolve ${host}: ${said}`,
      hint: 'Check the name, or give an IP address.',
    };
  }
  if (NO_ROUTE.test(output)) {
    return {
      reason: `ping has no route to ${host}: ${said}`,
      hint: 'Check the address and the network.',
    };
  }
  if (sent > 0) {
    return {
      reason: `${host} answered none of ${sent} echo requests`,
      hint: 'A firewall may drop ICMP; the TCP and UDP echo baselines do not need it.',
    };
  }
  return {
    reason: said === '' ? 'ping printed nothing' : `ping printed nothing the lab can read: ${said}`,
    hint: 'Run ping by hand; iputils, busybox, BSD, macOS and Windows pings are understood.',
  };
}

/** The command that installs a ping here. */
export async function installHint(
  platform: NodeJS.Platform,
  read: ReadText = readText,
): Promise<string> {
  if (platform !== 'linux') return 'ping is part of this system: check that its folder is in PATH.';
  const release = (await read('/etc/os-release')) ?? '';
  const family = /^ID(?:_LIKE)?=(.*)$/gm;
  const ids = [...release.matchAll(family)].map((match) => match[1] ?? '').join(' ');
  if (/debian|ubuntu/.test(ids)) return 'Install it: sudo apt-get install iputils-ping';
  if (/fedora|rhel|centos/.test(ids)) return 'Install it: sudo dnf install iputils';
  if (/arch/.test(ids)) return 'Install it: sudo pacman -S iputils';
  if (/alpine/.test(ids)) return 'Install it: sudo apk add iputils-ping';
  if (/suse/.test(ids)) return 'Install it: sudo zypper install iputils';
  return 'Install the package that holds ping, often named iputils or iputils-ping.';
}

/** The first line worth reading, without control characters, at most 160 characters. */
function firstWords(output: string): string {
  const line =
    output
      .split(/\r?\n/)
      .map((text) => text.trim())
      .filter((text) => text !== '')
      // iputils says which kind of socket it tried before it says what went wrong.
      .find((text) => !/^(?:\S+: )?socktype:/.test(text)) ?? '';
  return line.replace(/\p{Cc}/gu, ' ').slice(0, 160);
}
