/**
 * What rules a stack out before any figure is looked at, as data: what the question asks, and what
 * then cannot be chosen. Pure.
 */
import type { MeasuredCell, Stack } from './evidence/stacks.js';
import type { Question } from './question/question.js';

interface Fact {
  /** Of the document: why a stack is ruled out. */
  readonly code: string;
  readonly applies: (question: Question) => boolean;
  /** Why a stack is ruled out; null when it is not. */
  readonly against: (stack: Stack, cells: readonly MeasuredCell[]) => string | null;
}

/** Datagrams are lost where nobody asks for them again. */
const DATAGRAM_TRANSPORTS: readonly string[] = ['udp', 'udp-multicast'];

export const FACTS: readonly Fact[] = [
  {
    code: 'BROWSERS',
    applies: ({ browsers }) => browsers,
    against: ({ transport }) =>
      transport === 'ws' ? null : 'the clients are browsers, which open WebSockets only',
  },
  {
    code: 'NO_MULTICAST',
    applies: ({ multicast }) => multicast === 'no',
    against: ({ transport }) =>
      transport === 'udp-multicast'
        ? 'it takes a network that carries IP multicast from end to end, which the question does not promise'
        : null,
  },
  {
    code: 'MULTICAST',
    applies: ({ multicast }) => multicast === 'must',
    against: ({ transport }) =>
      transport === 'udp-multicast' ? null : 'it sends to each client by itself, not by multicast',
  },
  {
    code: 'RELIABLE',
    applies: ({ reliable }) => reliable,
    against: ({ transport, repair }, cells) => {
      const lossy = cells.find(({ runs }) => runs.some(hasLost));
      if (lossy === undefined) return null;
      const isDatagram = DATAGRAM_TRANSPORTS.includes(transport);
      const how = !isDatagram
        ? ''
        : (repair ?? 'none') === 'none'
          ? ' and repairs nothing'
          : ` in spite of its repair (${repair})`;
      return `every message must arrive, and it lost some behind ${lossy.link}${how}`;
    },
  },
];

function hasLost({ loss_ratio }: MeasuredCell['runs'][number]): boolean {
  return loss_ratio !== null && loss_ratio > 0;
}

/** The first fact against a stack; null when it is eligible. */
export function whyRuledOut(
  question: Question,
  stack: Stack,
  cells: readonly MeasuredCell[],
): { readonly code: string; readonly reason: string } | null {
  for (const { code, applies, against } of FACTS) {
    const reason = applies(question) ? against(stack, cells) : null;
    if (reason !== null) return { code, reason };
  }
  return null;
}
