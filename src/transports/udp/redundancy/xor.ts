/** XORs `bytes` from `from` to `to` into `into` from `at` on. */
export function xorInto(into: Buffer, at: number, bytes: Buffer, from: number, to: number): void {
  for (let i = from, j = at; i < to; i++, j++) into[j] = (into[j] as number) ^ (bytes[i] as number);
}
