import { text } from '../../core/options.js';
import { textOption } from '../../options/kinds.js';
import type { OptionTable } from '../../options/option.js';

export const FINNHUB_OPTIONS: OptionTable = [
  textOption(
    {
      name: 'finnhubUrl',
      side: 'open',
      flag: '--finnhub-url <url>',
      help: 'another base of the Finnhub API; the key comes from FINNHUB_API_KEY',
      commands: ['serve'],
      section: 'pace',
      default: null,
      schema: text("'https://finnhub.io'"),
    },
    // The source judges it.
    (_, url) => url,
  ),
  { name: 'finnhubKeyFile', side: 'open', schema: text("'key.txt'") },
];
