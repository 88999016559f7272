import { number, oneOf } from '../../core/options.js';
import { integerOption, nameOption } from '../../options/kinds.js';
import type { OptionTable } from '../../options/option.js';
import { KEY_ORDERS } from '../key-order.js';
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
  nameOption(
    {
      name: 'keyOrder',
      side: 'open',
      flag: '--key-order <how>',
      help: 'keys of the synthetic source: random (any, the default), or round-robin (each at a steady pace)',
      commands: ['run', 'serve'],
      section: 'content',
      default: null,
      // Null is as good as absent.
      schema: oneOf(KEY_ORDERS).nullable(),
    },
    KEY_ORDERS,
  ),
];
