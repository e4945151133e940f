import type { ExecTarget, PodExec } from '../../src/adapters/kube/exec.ts';
import { KubeError } from '../../src/adapters/kube/kube-error.ts';
import { connect, type KubeTransport } from '../../src/adapters/kube/transport.ts';
import { type FakeApi, type Seen, sendJson, sendStatus, startFakeApi } from './fake-api.ts';

/** Pods on a server that knows them alone, and commands in them that answer at once. */
export interface PodWorld extends AsyncDisposable {
  readonly api: FakeApi;
  readonly transport: KubeTransport;
  readonly exec: PodExec;
  /** What was executed, as `CONTAINER: COMMAND`. */
  readonly ran: string[];
  /** Puts a pod as the API server would show it. */
  put(pod: object): void;
  /** The next looks at the pod: each shows the next one, the last one stays. */
  show(...pods: object[]): void;
  /** What each command answers from now on; a text is its standard output. */
  answer(how: (target: ExecTarget) => string | KubeError | { code: number; stdout: string; stderr: string }): void;
}

/** Two listeners, as `cat` of every file shows them: `0.0.0.0 8080/TCP` and `127.0.0.1 53/UDP`. */
export const CAT_OUTPUT = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 41 1 0000000000000000 100 0 0 10 0
  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
   1: 0100007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 43 2 0000000000000000 0
  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
 ENDPT     SOCK   STY SST HBKT LPORT   UID INODE LADDRS
32768\t60999
`;

/** Where a container has no `cat`. */
export const NO_CAT = new KubeError('cat in shop/api, container main: there is no such program', { status: 0, reason: 'NoProgram' });

/** The pod `shop/api` with these containers, each running unless told otherwise. */
export function execPod(containers: Readonly<Record<string, object>> = { main: { running: {} } }, fields: object = {}): object {
  return {
    metadata: { namespace: 'shop', name: 'api', uid: 'uid-1' },
    spec: { containers: Object.keys(containers).map((name) => ({ name })), ephemeralContainers: [] },
    status: { containerStatuses: Object.entries(containers).map(([name, state]) => ({ name, state })) },
    ...fields,
  };
}

export async function startPodWorld(): Promise<PodWorld> {
  const api = await startFakeApi();
  const transport = await connect(api.access, { version: '1', random: () => 0 });
  const ran: string[] = [];
  let shown: object[] = [execPod()];
  let how: Parameters<PodWorld['answer']>[0] = () => CAT_OUTPUT;
  api.otherwise((response, { method, path }: Seen) => {
    if (method === 'PATCH') return sendJson(response, 200, shown[0]);
    if (path !== '/api/v1/namespaces/shop/pods/api') return sendStatus(response, 404, 'NotFound', 'pods not found');
    const [now = {}, ...later] = shown;
    if (later.length > 0) shown = later;
    return sendJson(response, 200, now);
  });
  return {
    api,
    transport,
    ran,
    exec: async (target, { signal, heard }) => {
      if (signal?.aborted) throw new KubeError('called off', { status: 0, reason: 'Aborted' });
      ran.push(`${target.container}: ${target.command.join(' ')}`);
      const answer = how(target);
      if (answer instanceof KubeError) throw answer;
      const result = typeof answer === 'string' ? { code: 0, stdout: answer, stderr: '' } : answer;
      heard?.(result.stdout);
      return result;
    },
    put: (pod) => {
      shown = [pod];
    },
    show: (...pods) => {
      shown = pods;
    },
    answer: (next) => {
      how = next;
    },
    async [Symbol.asyncDispose]() {
      transport.close();
      await api[Symbol.asyncDispose]();
    },
  };
}
