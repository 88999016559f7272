/**
 * RFC 3550 appendix A.8 without its rounding, packet by packet, and the |IPDV| of RFC 3393: in
 * order of arrival, µs.
 */
export function naiveJitter(
  sent: readonly number[],
  received: readonly number[],
): { readonly jitter: number; readonly ipdv: number[] } {
  let jitter = 0;
  const ipdv: number[] = [];
  for (let j = 1; j < sent.length; j++) {
    const d =
      (received[j] as number) -
      (received[j - 1] as number) -
      ((sent[j] as number) - (sent[j - 1] as number));
    ipdv.push(Math.abs(d));
    jitter += (Math.abs(d) - jitter) / 16;
  }
  return { jitter, ipdv };
}
