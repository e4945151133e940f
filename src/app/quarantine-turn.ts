import type { PodState } from '../core/cluster-state.ts';
import { foreignOpenings } from '../core/foreign-openings.ts';
import { GOOD_NEWS } from '../core/good-news.ts';
import { QUARANTINE_LABEL } from '../core/names.ts';
import { formatPort, type Port } from '../core/port.ts';
import { portsToShut, quarantineDecision } from '../core/quarantine.ts';
import { begunText, impossibleText, liftedText, type StillOpen, shutText, stillOpenText, unprovenText } from '../core/quarantine-words.ts';
import { type Release, unitePorts } from '../core/release.ts';
import type { ResolvedNamespace } from '../core/template/resolve.ts';
import { probesOf } from '../core/views.ts';
import type { QuarantineTurn } from './quarantine-parts.ts';
import { doubtOfReach } from './reach-proof.ts';

/** After the label, policies need a moment. */
const FIRST_PROBE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
/** So many probes in vain are told: about half a minute after the label. */
const TOLD_AFTER = 5;
/** How late a watch may be. */
const VIEW_LATE_MS = 10_000;

/** Does what is due for one pod: lets it go where somebody released it, shuts it off, or probes whether it is shut. */
export async function takeTurn(pod: PodState, turn: QuarantineTurn): Promise<void> {
  const release = turn.book.releases.get(turn.uid);
  if (release !== undefined && release.liftedAt === undefined) return lift(pod, release, turn);
  const namespace = turn.authority()?.namespace(pod.namespace);
  if (namespace?.mode === 'enforce' && namespace.entry?.onViolation === 'quarantine') {
    if (isLabelled(pod, turn)) return verify(pod, turn);
    delete turn.tracked.state;
    return decide(pod, namespace, turn);
  }
  // No policy of ours heeds the label here.
  delete turn.tracked.state;
}

/** What was written a moment ago counts more than a view that may not show it yet. */
function isLabelled(pod: PodState, { tracked: { own }, clock }: QuarantineTurn): boolean {
  if (own !== undefined && clock.now().getTime() - own.at.getTime() < VIEW_LATE_MS) return own.quarantined;
  return pod.labels[QUARANTINE_LABEL] === 'true';
}

async function lift(pod: PodState, release: Release, turn: QuarantineTurn): Promise<void> {
  const { label, releases, announce, log, clock, tracked } = turn;
  if ((await label.put(pod, false)) === 'gone') return;
  delete tracked.state;
  Object.assign(tracked, { own: { quarantined: false, at: clock.now() }, ports: [], attempts: 0, told: '' });
  announce.pod(pod, GOOD_NEWS.quarantineLifted, liftedText(release));
  log.info('a pod was released from quarantine', { pod: placeOf(pod), by: release.requestedBy, reason: release.reason });
  await releases.write([{ release: { ...release, liftedAt: clock.now().toISOString() } }], []);
}

async function decide(pod: PodState, namespace: ResolvedNamespace, turn: QuarantineTurn): Promise<void> {
  const { tracked, book, uid } = turn;
  if (tracked.now === undefined) return;
  const prober = turn.prober();
  const decision = quarantineDecision({
    namespace,
    now: tracked.now,
    released: book.releases.get(uid)?.ports ?? [],
    unable: prober.known ? undefined : prober.reason,
  });
  if (decision.decision === 'none') return;
  if (decision.decision === 'impossible') {
    return tell(pod, { reason: 'QuarantineImpossible', message: impossibleText(decision.ports, decision.reason) }, turn);
  }
  await shutOff(pod, decision.ports, turn);
}

/** The record comes first: a release must know the ports, also after a restart. */
async function shutOff(pod: PodState, found: readonly Port[], turn: QuarantineTurn): Promise<void> {
  const { label, releases, log, clock, tracked, uid, book } = turn;
  const ports = unitePorts(found, book.releases.get(uid)?.ports ?? []);
  const at = clock.now().toISOString();
  await releases.write([{ quarantine: { namespace: pod.namespace, pod: pod.name, uid, at, ports } }], []);
  if ((await label.put(pod, true)) === 'gone') return;
  Object.assign(tracked, { own: { quarantined: true, at: clock.now() }, state: 'pending', ports, attempts: 0 });
  log.warn('a pod is put into quarantine', { pod: placeOf(pod), ports: found.map(formatPort) });
  tell(pod, { reason: 'QuarantineBegun', message: begunText(found) }, turn);
  turn.again(FIRST_PROBE_MS);
}

async function verify(pod: PodState, turn: QuarantineTurn): Promise<void> {
  const { tracked, scanner, book, uid, signal } = turn;
  if (tracked.ports.length === 0) tracked.ports = book.quarantines.get(uid)?.ports ?? [];
  const prober = turn.prober();
  tracked.state ??= 'pending';
  if (scanner === undefined || !prober.known) return;
  const all = unitePorts(tracked.ports, tracked.now === undefined ? [] : portsToShut(tracked.now));
  const ports = all.filter(({ protocol }) => protocol === 'TCP');
  const addresses = [...new Set(pod.addresses)];
  const views = await Promise.all(addresses.map((address) => scanner.scan({ address, ports }, signal)));
  if (signal.aborted) return;
  const open = views.flatMap((view, index) =>
    probesOf(view).flatMap(({ port, reachability }): StillOpen[] => {
      const openedBy = () => foreignOpenings(turn.view.policies(pod.namespace), pod, { port, from: prober.stranger });
      return reachability === 'open' ? [{ port, address: addresses[index] ?? '', openedBy: openedBy() }] : [];
    }),
  );
  const isShut = views.every(
    (view) => view.known && view.probes.every(({ reachability }) => reachability === 'closed' || reachability === 'filtered'),
  );
  const seemsShut = open.length === 0 && isShut && ports.length > 0 && addresses.length > 0;
  const doubt = seemsShut ? await doubtOfReach(pod, { ...turn, scanner }, signal) : undefined;
  if (signal.aborted) return;
  if (seemsShut && doubt === undefined) {
    Object.assign(tracked, { state: 'shut', attempts: 0 });
    const unprobed = all.filter(({ protocol }) => protocol !== 'TCP');
    return tell(pod, { reason: 'PodQuarantined', message: shutText(placeOf(pod), { ports, unprobed, addresses }) }, turn);
  }
  tracked.state = open.length > 0 ? 'open' : 'pending';
  tracked.attempts += 1;
  if (tracked.attempts >= TOLD_AFTER) {
    if (open.length > 0) tell(pod, { reason: 'QuarantineIncomplete', message: stillOpenText(open) }, turn);
    if (doubt !== undefined) tell(pod, { reason: 'QuarantineUnproven', message: unprovenText({ ports, addresses }, doubt) }, turn);
  }
  if (ports.length > 0) turn.again(Math.min(LONGEST_PAUSE_MS, FIRST_PROBE_MS * 2 ** tracked.attempts));
}

/** The same is told once, until something else was told. */
function tell(pod: PodState, { reason, message }: { readonly reason: string; readonly message: string }, turn: QuarantineTurn): void {
  if (turn.tracked.told === message) return;
  turn.tracked.told = message;
  turn.announce.pod(pod, reason, message);
  if (reason !== 'QuarantineBegun')
    turn.log[reason === 'PodQuarantined' ? 'info' : 'warn']('the quarantine of a pod was probed', { pod: placeOf(pod), message });
}

function placeOf({ namespace, name }: PodState): string {
  return `${namespace}/${name}`;
}
