import { z } from 'zod';
import { text, timerMs, whole } from '../../core/options.js';
import type { OptionTable } from '../../options/option.js';
import { STREAM_OPTIONS } from '../stream/options.js';

export const WS_OPTIONS: OptionTable = [
  ...STREAM_OPTIONS,
  {
    name: 'origins',
    side: 'listen',
    schema: z.array(text("'https://example.org'"), { error: 'give a list of origins' }),
  },
  { name: 'maxRequestBytes', side: 'listen', schema: whole(1, 1024 ** 3) },
  { name: 'pingMs', side: 'listen', schema: timerMs() },
  { name: 'pongTimeoutMs', side: 'listen', schema: timerMs() },
];
