import type { PodState } from '../../core/cluster-state.ts';
import { GATE_LABEL, GATE_OPEN, SCHEDULING_GATE } from '../../core/names.ts';
import { asList, asRecord, textOf } from '../../core/unknown.ts';
import type { GateWriter } from '../../ports.ts';
import { FIELD_MANAGER } from './field-manager.ts';
import { hasStatus } from './kube-error.ts';
import { corePath, namespacePath } from './paths.ts';
import type { KubeTransport } from './transport.ts';

/** The list of gates may change while ours is taken out; so often it is tried. */
const ATTEMPTS = 3;

/** The label of namespaces and the scheduling gate of pods, at the API server. */
export function kubeGateWriter(transport: KubeTransport): GateWriter {
  return {
    async labelGate(namespace, open) {
      const body = { metadata: { labels: { [GATE_LABEL]: open ? GATE_OPEN : null } } };
      const query = { fieldManager: FIELD_MANAGER };
      await missingIsFine(
        transport.request({ method: 'PATCH', path: namespacePath(namespace), query, contentType: 'application/merge-patch+json', body }),
      );
    },
    async liftGate(pod) {
      let gates = pod.schedulingGates;
      for (let attempt = 1; ; attempt += 1) {
        const index = gates.indexOf(SCHEDULING_GATE);
        if (index < 0) return;
        try {
          return await missingIsFine(removeGate(transport, pod, index));
        } catch (error) {
          // 422: a test of the patch failed. Other gates went meanwhile, or it is another pod of that name.
          if (!hasStatus(error, 422) || attempt === ATTEMPTS) throw error;
        }
        gates = await currentGates(transport, pod);
      }
    },
  };
}

/** The tests make sure that exactly our gate of exactly this pod is removed. */
function removeGate(transport: KubeTransport, { namespace, name, uid }: PodState, index: number): Promise<unknown> {
  const gate = `/spec/schedulingGates/${index}`;
  return transport.request({
    method: 'PATCH',
    path: corePath('pods', namespace, name),
    query: { fieldManager: FIELD_MANAGER },
    contentType: 'application/json-patch+json',
    body: [
      { op: 'test', path: '/metadata/uid', value: uid },
      { op: 'test', path: `${gate}/name`, value: SCHEDULING_GATE },
      { op: 'remove', path: gate },
    ],
  });
}

/** The gates of the pod now; none where it is gone or is another pod. */
async function currentGates(transport: KubeTransport, { namespace, name, uid }: PodState): Promise<readonly string[]> {
  try {
    const pod = asRecord(await transport.request({ method: 'GET', path: corePath('pods', namespace, name) }));
    if (asRecord(pod.metadata).uid !== uid) return [];
    return asList(asRecord(pod.spec).schedulingGates).map((gate) => textOf(asRecord(gate).name));
  } catch (error) {
    if (hasStatus(error, 404)) return [];
    throw error;
  }
}

async function missingIsFine(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!hasStatus(error, 404)) throw error;
  }
}
