/** `streampulse-lab/metrics`: network metrics of one subscriber by the letter of their RFCs. Pure functions. */
export { rfc3550Jitter } from './jitter.js';
export { type Reordering, reordering } from './reordering.js';
