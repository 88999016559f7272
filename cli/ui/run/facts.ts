/** What a table of a run is to be read beside: target, baselines, interruptions, commands. Pure. */
import type { Baselines, LabResult, RoundTrip } from '../../../bench/result/result.js';
import { formatBytes, formatMicros } from '../../../reports/format.js';
import { plural } from '../../../reports/model/cells.js';
import { echoName } from '../../../reports/text/echo-name.js';
import { linkSentences } from '../../../reports/text/link-notes.js';
import { repeatSentence } from '../../../reports/text/repeat-notes.js';
import { sessionSentences } from '../../../reports/text/session-notes.js';
import { targetSentences } from '../../../reports/text/target-notes.js';
import { visibleLine } from '../../../reports/visible-text.js';
import type { Style } from '../style.js';
import { labelled } from '../text.js';

export function facts(
  result: LabResult,
  width: number,
  style: Style,
  rankingCommand: string | null,
): string {
  const lines = [
    ...targetSentences(result).map((text, i) =>
      labelled(i === 0 ? 'target' : '', text, width, style),
    ),
    ...[result.baselines, ...result.baselines_other_sizes].map((one) =>
      labelled('ping', `${baselineText(one)}${yardstick(result)}`, width, style),
    ),
    ...linkSentences(result).map((text) => labelled('link', visibleLine(text), width, style)),
  ];
  lines.unshift(
    // The label says the first word.
    ...sessionSentences(result).map((text) =>
      labelled('resumed', visibleLine(text.replace(/^Resumed /, '')), width, style),
    ),
  );
  if (result.incomplete) {
    lines.unshift(labelled('cut', cutSentence(result), width, style));
  }
  const { inject } = result.config.effective;
  if (inject !== null) {
    lines.unshift(labelled('fault', `injected on purpose: ${inject}`, width, style));
  }
  if (result.repeat.mode === 'auto') {
    lines.unshift(labelled('runs', repeatSentence(result).replaceAll('`', ''), width, style));
  }
  const commands = [labelled('again', result.command, Number.POSITIVE_INFINITY, style)];
  if (rankingCommand !== null) {
    commands.push(labelled('to rank', rankingCommand, Number.POSITIVE_INFINITY, style));
  }
  return [...lines, ...commands].join('\n');
}

/** A worker that died costs its own cell, an interruption all that would have followed. */
function cutSentence({ cells, ended }: LabResult): string {
  const measured = `${plural(cells.length, 'cell')} measured`;
  // An interruption is what the sentences below are about.
  if (ended !== undefined && ended.code !== 'INTERRUPTED')
    return `${measured}; ${visibleLine(ended.message)}`;
  const cut = cells.filter(({ incomplete }) => incomplete);
  const interrupted = cut.some(({ verdict }) =>
    verdict.reasons.some(({ code }) => code === 'INTERRUPTED'),
  );
  if (cut.length === 0 || interrupted) return `${measured}; the run did not reach its end`;
  return `${measured}, ${cut.length} of them not to the end`;
}

/** `127.0.0.1, 40 B: RTT p50 45.0 µs, max 120 µs · TCP echo (native) RTT p50 16.1 µs, …`. */
function baselineText({ ping, echo, size_bytes: size }: Baselines): string {
  const [tcp, udp] = [echoName('TCP', echo.tcp), echoName('UDP', echo.udp)];
  const [ofTcp, ofUdp] = [tripText(echo.tcp), tripText(echo.udp)];
  // Where there is none, it is for one reason.
  const isNone = echo.tcp.rtt_us === null && ofTcp === ofUdp;
  const echoes = isNone ? `echo ${ofTcp}` : `${tcp} ${ofTcp} · ${udp} ${ofUdp}`;
  return `${ping.host}, ${formatBytes(size)}: ${tripText(ping)} · ${echoes}`;
}

function tripText({ rtt_us: rtt, reason, hint }: RoundTrip): string {
  if (rtt !== null) {
    const limit = reason === null ? '' : ` (${reason})`;
    return `RTT p50 ${formatMicros(rtt.p50)}, max ${formatMicros(rtt.max)}${limit}`;
  }
  return `not available: ${[reason, hint].filter((part) => part !== null).join(' → ')}`;
}

/** Says so when the ratio column is not about ping. */
function yardstick(result: LabResult): string {
  const others = new Set(
    result.cells.map(({ ping }) => ping.reference).filter((name) => name.startsWith('echo')),
  );
  return others.size === 0 ? '' : ` · the ratio is to the ${[...others].join(' and ')} instead`;
}
