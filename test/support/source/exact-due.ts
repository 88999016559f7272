/** n ÷ rate in whole µs, half up, for a rate of `thousandths` ÷ 1,000 per second: integers only. */
export function exactDue(n: bigint, thousandths: bigint): bigint {
  return (2n * n * 1_000_000_000n + thousandths) / (2n * thousandths);
}
