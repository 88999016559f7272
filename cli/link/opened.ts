import type { Link } from '../../bench/link/link.js';
import { type LinkOptions, openLink } from '../../bench/link/open-link.js';
import type { Verification } from '../../bench/link/verify/judge.js';
import { verifyLink } from '../../bench/link/verify/verify.js';
import { watchInterrupts } from '../signals.js';

/**
 * Opens a link, looks at it, and closes it after `use`. A signal until then ends all of it. @throws
 * an `Exit` then, and what openLink and verifyLink throw
 */
export async function withVerifiedLink<T>(
  options: LinkOptions,
  use: (link: Link, verification: Verification) => Promise<T>,
): Promise<T> {
  const interrupts = watchInterrupts(() => {});
  const { stop } = interrupts;
  const link = await openLink(options);
  try {
    stop.throwIfAborted();
    const interrupted = new Promise<never>((_, reject) => {
      stop.addEventListener('abort', () => reject(stop.reason), { once: true });
    });
    const verification = await Promise.race([verifyLink(link), interrupted]);
    interrupts.dispose();
    return await use(link, verification);
  } finally {
    interrupts.dispose();
    await link.close();
  }
}
