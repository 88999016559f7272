/**
 * `streampulse-lab/metrics`: network metrics of one subscriber by the letter of their RFCs. Pure
 * functions; all throw LAB_ERR_BAD_VALUE.
 */
export { rfc3550Jitter } from './jitter.js';
export { type Reordering, reordering } from './reordering.js';
