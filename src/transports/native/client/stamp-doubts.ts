/** Reads whose stamp was not believed: the time of the read stands for it. */
export interface StampDoubts {
  /** Over TCP, after a segment that came out of order, or again. */
  afterHole: number;
  /** Around a step of the wall clock, which stamps are of. */
  aroundStep: number;
}
