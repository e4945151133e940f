import type { PodScan } from '../app/scan.ts';
import type { Enforcement } from '../core/enforcement.ts';
import { formatPort } from '../core/port.ts';
import { printable } from '../core/printable.ts';

/** What a scan comes to: `3 pods, 6 ports: 4 authorized, 2 exposed.`, what could not be told, and what is proven of the policies. */
export function scanSummary(scans: readonly PodScan[], enforcement: ReadonlyMap<string, Enforcement>): string {
  const whole = scans.filter((scan) => scan.outcome === 'scanned');
  const all = whole.flatMap(({ findings }) => findings);
  const verdicts = [...new Set(all.map(({ verdict }) => verdict))].map(
    (verdict) => `${all.filter((finding) => finding.verdict === verdict).length} ${verdict}`,
  );
  const lost = scans.flatMap((scan) => (scan.outcome === 'discarded' ? [`${nameOf(scan)}: ${scan.reason}`] : []));
  const blind = whole.flatMap((scan) =>
    scan.inside.known ? [] : [`${nameOf(scan)}, from inside: not known, because ${scan.inside.reason}`],
  );
  const outside = whole.flatMap((scan) =>
    scan.outside.flatMap(({ address, view }) =>
      view.known ? [] : [`${nameOf(scan)} at ${address}, from outside: not known, because ${view.reason}`],
    ),
  );
  const gaps = whole.flatMap((scan) =>
    scan.gaps.map(
      ({ port, openAt, shutAt }) =>
        `${nameOf(scan)}: ${formatPort(port)} is open at ${openAt.join(' and ')} and shut at ${shutAt.join(' and ')}: its policies bind one family only`,
    ),
  );
  const count = `${counted(scans.length, 'pod')}, ${counted(all.length, 'port')}: ${verdicts.join(', ') || 'none open'}.`;
  const [first = '', ...more] = enforcementLines(enforcement);
  return `${[`${count}${first === '' ? '' : ` ${first}`}`, ...more, ...lost, ...blind, ...outside, ...gaps].map(printable).join('\n')}\n`;
}

/** One namespace follows the count; of several each has a line, and those of which the same is said share one. */
function enforcementLines(enforcement: ReadonlyMap<string, Enforcement>): string[] {
  const byText = new Map<string, string[]>();
  for (const [namespace, one] of enforcement) byText.set(proofText(one), [...(byText.get(proofText(one)) ?? []), namespace]);
  if (enforcement.size <= 1) return [...byText.keys()].map((text) => `Enforcement: ${text}.`);
  return ['', ...[...byText].map(([text, namespaces]) => `Enforcement in ${namespaces.join(', ')}: ${text}.`)];
}

function proofText({ state, reason }: Enforcement): string {
  switch (state) {
    case 'enforced':
      return `proven (${reason})`;
    case 'not enforced':
      return `NOT ENFORCED: ${reason}`;
    case 'not proven':
      return `not proven (${reason})`;
  }
}

/** `1 pod`, `3 pods`. */
export function counted(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

function nameOf({ pod }: PodScan): string {
  return `${pod.namespace}/${pod.name}`;
}
