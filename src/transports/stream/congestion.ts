/** The congestion control of TCP connections: which one a server asks the kernel for. */
import { LabError } from '../../errors.js';
import { readText } from '../../kernel/read-text.js';
import { badValue } from '../../options/values.js';

/** TCP_CA_NAME_MAX of <net/tcp.h>, less the byte that ends it. */
const MOST_CHARACTERS = 15;

/** The name of one, such as `cubic`: which there are the kernel knows. @throws LAB_ERR_BAD_VALUE */
export function readCongestion(label: string, text: string): string {
  if (isCongestionName(text)) return text;
  const hint = `write the name that the kernel has for it, at most ${MOST_CHARACTERS} characters: cubic, bbr, reno`;
  throw badValue(label, text, 'is not the name of a congestion control', hint);
}

export function isCongestionName(text: unknown): boolean {
  return typeof text === 'string' && /^[a-z][a-z0-9_-]{0,14}$/.test(text);
}

/** The error of one that was asked for and cannot be; says which there are. */
export async function congestionError(name: string, reason: string): Promise<LabError> {
  const [available, allowed] = await Promise.all(
    ['available', 'allowed'].map((which) =>
      readText(`/proc/sys/net/ipv4/tcp_${which}_congestion_control`),
    ),
  );
  const listed = (text: string | null | undefined): string =>
    text?.trim().replaceAll(/\s+/g, ', ') || 'unknown';
  return new LabError('LAB_ERR_CONGESTION', `congestion ${name} cannot be used here: ${reason}`, {
    option: 'congestion',
    value: name,
    hint: `this kernel has: ${listed(available)}; without CAP_NET_ADMIN: ${listed(allowed)}; what is missing may be a module: modprobe tcp_${name}`,
  });
}
