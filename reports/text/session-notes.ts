/** Of a run that was resumed: when, and what was measured before and after. Pure. */
import type { LabResult, SessionResult } from '../../bench/result/result.js';
import { plural } from '../model/cells.js';

/** A sentence for each time; none for a run that was not resumed. */
export function sessionSentences({ sessions = [] }: LabResult): string[] {
  return sessions.slice(1).map((session, i) => {
    const before = sessions.slice(0, i + 1).reduce((sum, { cells }) => sum + cells.length, 0);
    const again = session.measured_again.length;
    const anew =
      again === 0
        ? ''
        : `, ${again} of them again, as ${again === 1 ? 'it' : 'they'} had been cut short`;
    const why = sessions[i]?.ended?.message;
    const reason = why === undefined ? '' : ` (${why})`;
    return `Resumed at ${session.started_at}${reason}: ${plural(before, 'cell')} measured before, ${session.cells.length} after${anew}.`;
  });
}

/** What that means for the figures; empty for a run that was not resumed. */
export function sessionRemark({ sessions = [], config }: LabResult): string {
  if (sessions.length < 2) return '';
  const what =
    config.effective.server.kind === 'local' ? 'The machine' : 'The machine and the server';
  const changed = `${what} may have changed in between.`;
  return sessions.some(hasBaselines)
    ? `${changed} Ping, echo and noise floor were measured in each session: the tables show the first, and each cell is set beside those of its own session.`
    : changed;
}

/** False where they were left out. */
function hasBaselines({ noise_floor_us, baselines }: SessionResult): boolean {
  const { ping, echo } = baselines;
  return noise_floor_us !== null || [ping, echo.tcp, echo.udp].some(({ available }) => available);
}
