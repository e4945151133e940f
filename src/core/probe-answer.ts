import type { OutsideView, Probe, Reachability } from './finding.ts';
import { formatPortList, parsePortList } from './port-list.ts';
import { asRecord, parseJson, textOf } from './unknown.ts';
import { probesOf } from './views.ts';

/** What `portcullis probe` prints, a line of JSON for each target: an outside view whose ports are lists by what was learned of them. */

/** One answer: the target as it was asked for, and its view. */
export interface ProbeAnswer {
  readonly target: string;
  readonly view: OutsideView;
}

const STATES: readonly Reachability[] = ['open', 'closed', 'filtered', 'unknown'];

/** The JSON of an answer, without a line break. */
export function writeProbeAnswer({ target, view }: ProbeAnswer): string {
  const states = STATES.flatMap((state) => {
    const ports = probesOf(view).flatMap((probe) => (probe.reachability === state ? [probe.port] : []));
    return ports.length === 0 ? [] : [[state, formatPortList(ports)] as const];
  });
  const { known, engine } = view;
  return JSON.stringify({ target, known, engine, ...(view.known ? {} : { reason: view.reason }), ports: Object.fromEntries(states) });
}

/** The answer of a line; undefined where it is none. */
export function readProbeAnswer(line: string): ProbeAnswer | undefined {
  const { target, known, engine, reason, ports } = asRecord(parseJson(line));
  const probes = STATES.map((state) => probesIn(textOf(asRecord(ports)[state]), state));
  if (typeof target !== 'string' || typeof engine !== 'string' || typeof known !== 'boolean' || probes.includes(undefined))
    return undefined;
  const all = probes.flatMap((some) => some ?? []);
  const view: OutsideView = known
    ? { known, engine, probes: all }
    : { known, engine, reason: textOf(reason) || 'no reason given', partial: all };
  return { target, view };
}

function probesIn(text: string, reachability: Reachability): readonly Probe[] | undefined {
  const ports = parsePortList(text);
  return 'problem' in ports ? undefined : ports.map((port) => ({ port, reachability }));
}
