import { number } from '../../core/options.js';
import { integerOption } from '../../options/kinds.js';
import type { OptionTable } from '../../options/option.js';
import { inRange } from '../range.js';

const MAX_SYMBOLS = 1_000_000;

export const SYNTHETIC_OPTIONS: OptionTable = [
  integerOption(
    {
      name: 'symbols',
      side: 'open',
      flag: '--symbols <n>',
      help: 'keys that the synthetic source invents',
      commands: ['run', 'serve'],
      section: 'content',
      default: 5,
      runDefault: 50,
      schema: number((value) => inRange('symbols', value, 1, MAX_SYMBOLS)),
    },
    { min: 1, max: MAX_SYMBOLS },
  ),
];
