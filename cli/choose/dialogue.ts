/** The question, asked on a terminal, one thing after another. */
import { LabError } from '../../src/errors.js';
import { type AskedPart, QUESTION_FLAGS } from './question-flags.js';

/** How somebody is asked, and told what was wrong with an answer. */
export interface Terminal {
  /** @throws when there will be no answer */
  readonly ask: (prompt: string) => Promise<string>;
  readonly say: (text: string) => void;
}

interface Prompt {
  readonly flag: string;
  readonly text: string;
  /** What an empty answer stands for; '' = the flag is left out. */
  readonly fallback: string;
  /** The flag takes no value: yes or no. */
  readonly isSwitch?: true;
}

const PROMPTS: readonly Prompt[] = [
  { flag: '--clients', text: 'How many clients?', fallback: '100' },
  { flag: '--rate', text: 'How many messages a second does the feed publish?', fallback: '100' },
  { flag: '--size', text: 'How many bytes has a message?', fallback: '64' },
  {
    flag: '--link',
    text: 'Over which links? none, 4g, delay=25ms/loss=1%, … with commas between',
    fallback: 'none',
  },
  { flag: '--reliable', text: 'Must every message arrive?', fallback: 'no', isSwitch: true },
  { flag: '--browsers', text: 'Are the clients browsers?', fallback: 'no', isSwitch: true },
  {
    flag: '--multicast',
    text: 'Multicast? no, may (the network carries it), must (one send has to reach all)',
    fallback: 'no',
  },
  {
    flag: '--deadline',
    text: 'After how long is a message worth nothing? 200ms, 2s, or empty',
    fallback: '',
  },
  {
    flag: '--slo',
    text: 'What else must hold? staleness_p99<500ms,loss=0, or empty',
    fallback: '',
  },
  {
    flag: '--price',
    text: 'Prices? cpu-hour=…,gb-egress=…,gb-ram-hour=…, or empty for assumed ones',
    fallback: '',
  },
];

export interface Answers {
  readonly parts: readonly AskedPart[];
  /** The same as flags, each with its value; '' where it takes none. */
  readonly words: readonly (readonly [flag: string, value: string])[];
}

/** Asks again until an answer can be read. */
export async function askQuestion(terminal: Terminal): Promise<Answers> {
  const parts: AskedPart[] = [];
  const words: (readonly [string, string])[] = [];
  for (const prompt of PROMPTS) {
    const { flag, isSwitch } = prompt;
    const { parse } = QUESTION_FLAGS.find(({ flags }) => flags.includes(flag))!;
    const answer = await answered(terminal, prompt, (text) =>
      isSwitch === true ? (yes(text) ? parse('', flag) : {}) : text === '' ? {} : parse(text, flag),
    );
    parts.push(answer.part);
    const isLeftOut = answer.text === '' || (flag === '--multicast' && answer.text === 'no');
    if (isSwitch === true ? yes(answer.text) : !isLeftOut)
      words.push([flag, isSwitch === true ? '' : answer.text]);
  }
  return { parts, words };
}

/** @throws what `ask` throws */
export async function confirm({ ask, say }: Terminal, text: string): Promise<boolean> {
  for (;;) {
    const answer = (await ask(`${text} [yes] `)).trim();
    try {
      return yes(answer === '' ? 'yes' : answer);
    } catch (error) {
      say(LabError.from(error).message);
    }
  }
}

async function answered(
  { ask, say }: Terminal,
  { text, fallback }: Prompt,
  read: (answer: string) => AskedPart,
): Promise<{ readonly text: string; readonly part: AskedPart }> {
  for (;;) {
    const given = (await ask(`${text}${fallback === '' ? '' : ` [${fallback}]`} `)).trim();
    const answer = given === '' ? fallback : given;
    try {
      return { text: answer, part: read(answer) };
    } catch (error) {
      const { message, hint } = LabError.from(error);
      say(`${message}${hint === undefined ? '' : ` (${hint})`}`);
    }
  }
}

/** @throws LAB_ERR_BAD_VALUE for what is neither yes nor no */
function yes(text: string): boolean {
  if (/^y(es)?$/i.test(text)) return true;
  if (/^no?$/i.test(text)) return false;
  throw new LabError('LAB_ERR_BAD_VALUE', `'${text}' is neither yes nor no`, {
    hint: 'answer yes or no',
  });
}
