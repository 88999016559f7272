/** One figure of a link: asked for and found. */
export interface LinkCheck {
  /** `both`: of the emulator. */
  readonly direction: 'up' | 'down' | 'both';
  readonly what: string;
  /** `share`: from 0 to 1. */
  readonly unit: 'us' | 'bit/s' | 'packets' | 'share';
  readonly requested: number;
  /** Null = it could not be measured, and nothing is concluded from it. */
  readonly achieved: number | null;
  /** Between which it has to lie; null = there is no such bound. */
  readonly low: number | null;
  readonly high: number | null;
  readonly ok: boolean;
  /** It depends on when packets are carried, which a busy machine spoils. */
  readonly isTiming: boolean;
}

type Figure = Omit<LinkCheck, 'ok' | 'isTiming'> & { readonly isTiming?: boolean };

export function checkOf({ isTiming = false, ...figure }: Figure): LinkCheck {
  const { achieved, low, high } = figure;
  const ok =
    achieved === null ||
    (achieved >= (low ?? Number.NEGATIVE_INFINITY) &&
      achieved <= (high ?? Number.POSITIVE_INFINITY));
  return { ...figure, ok, isTiming };
}

/**
 * Ranges hold what does as it should but for one in a million: a run verifies several links with
 * some twenty figures each.
 */
export const CONFIDENCE = 1 - 1e-6;
