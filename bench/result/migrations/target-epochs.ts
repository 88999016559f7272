/** Form 3 records which server a target was; no earlier lab looked. */
import { isMembers, type Members } from './members.js';

/** A cell of a target, with what nobody recorded of it. */
export function withEpochs(cell: Members): Members {
  const { server } = cell;
  if (!isMembers(server) || server.kind !== 'target') return cell;
  return { ...cell, server: { epochs: null, ...server } };
}
