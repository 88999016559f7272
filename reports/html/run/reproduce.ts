/** Where a run was measured, how to repeat it, and the result itself. */
import type { LabResult } from '../../../bench/result/result.js';
import { formatBytes } from '../../format.js';
import { dataLink } from '../data-link.js';
import { escapeHtml } from '../view/escape.js';
import type { EmbeddedResult } from './result-data.js';

export function machineHtml({ environment, noise_floor_us: floor, baselines }: LabResult): string {
  const { os, kernel, arch, cpu, cores, memory_bytes: memory, node, git, doctor } = environment;
  const ping = baselines.ping.rtt_us;
  const facts: readonly (readonly [string, string])[] = [
    ['System', `${os}, kernel ${kernel}, ${arch}`],
    ['CPU', `${cores} × ${cpu}`],
    ['Memory', formatBytes(memory)],
    ['Node', node],
    ...(git === null ? [] : [['Commit', git] as const]),
    ...(floor === null
      ? []
      : [
          ['Noise floor', `p50 ${floor.p50} µs, p99 ${floor.p99} µs, max ${floor.max} µs`] as const,
        ]),
    ...(ping === null ? [] : [['Idle ping', `median ${ping.p50} µs, max ${ping.max} µs`] as const]),
    ...doctor
      .filter(({ status }) => status !== 'ok')
      .map(({ check, status, value }) => [`Doctor: ${check}`, `${status}: ${value}`] as const),
  ];
  const rows = facts.map(
    ([name, value]) =>
      `<tr><th scope="row">${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`,
  );
  return `<div class="scroll" tabindex="0" role="region" aria-label="Machine"><table><caption>As the run found it</caption><thead><tr><th scope="col">What</th><th scope="col">Value</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

/** @param embedded null: the page is measured, and has no data yet */
export function reproduceHtml(
  { command, seed }: LabResult,
  embedded: EmbeddedResult | null,
): string {
  return [
    '<p>The same run again:</p>',
    `<pre tabindex="0">${escapeHtml(command)}</pre>`,
    `<p>Seed ${seed}. The same result gives the same page: <code>lab report result.json --html</code>.</p>`,
    embedded === null ? '' : dataLink(contents(embedded), 'result.json', embedded),
  ].join('\n');
}

function contents({ histograms }: EmbeddedResult): string {
  if (histograms === 'all') return 'The whole result is in this page';
  const kept =
    histograms === 'none'
      ? 'no encoded histogram (hdr)'
      : `encoded histograms (hdr) only ${histograms}`;
  return `The result is in this page with every figure, but with ${kept}: result.json, beside which it was written, has all`;
}
