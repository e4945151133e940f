import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Ran, run, withFiles } from './cli.ts';
import { execHere } from './exec-probe.ts';
import { type Act, startExecServer } from './exec-server.ts';
import { documentOf } from './parse-template.ts';

/** A cluster that is only seen: objects that are served, commands in pods that are answered in this process. */
export interface LiveCluster extends AsyncDisposable {
  /** Runs a command against it. */
  run(...words: string[]): Promise<Ran>;
  /** What was executed, as `POD: COMMAND`. */
  ran(): string[];
}

export interface LivePod {
  readonly namespace: string;
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly address: string;
  /** What it declares. */
  readonly ports?: readonly number[];
  /** What `cat` of its socket tables shows: TCP listeners on every address. Absent: it has no `cat`. */
  readonly listens?: readonly number[];
}

export interface LiveObjects {
  readonly pods: readonly LivePod[];
  /** Of the template in the ConfigMap; absent: there is none. */
  readonly template?: string;
  readonly policies?: readonly object[];
}

const NAMESPACES = '/api/v1/namespaces';

export async function startLiveCluster({ pods, template, policies = [] }: LiveObjects): Promise<LiveCluster> {
  const server = await startExecServer();
  const list = (items: readonly object[]) => ({ metadata: { resourceVersion: '1' }, items });
  const names = [...new Set(['default', ...pods.map(({ namespace }) => namespace)])];
  const configMap = { metadata: { name: 'portcullis-template' }, data: { 'template.yaml': documentOf(template ?? '') } };
  const served: Readonly<Record<string, object>> = {
    [NAMESPACES]: list(names.map((name) => ({ metadata: { name, uid: name, creationTimestamp: '2026-01-01T00:00:00Z' } }))),
    '/api/v1/pods': list(pods.map(podObject)),
    '/apis/networking.k8s.io/v1/networkpolicies': list(policies),
    '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices': list([]),
    [`${NAMESPACES}/portcullis-system/configmaps`]: list(template === undefined ? [] : [configMap]),
    ...Object.fromEntries(pods.map((pod) => [`${NAMESPACES}/${pod.namespace}/pods/${pod.name}`, podObject(pod)])),
  };
  server.serve((path) => served[path.replace('/k8s/c-1', '')]);
  server.act(answering(pods));
  return {
    run: (...words) =>
      withFiles({}, async (folder) => {
        const kubeconfig = join(folder, 'kubeconfig');
        await writeFile(kubeconfig, JSON.stringify(kubeconfigOf(server)));
        return run([...words, '--kubeconfig', kubeconfig], { folder });
      }),
    ran: () => server.asked.map(({ path, command }) => `${path.split('/').at(-2)}: ${command.join(' ')}`),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function kubeconfigOf({ url, ca }: { readonly url: string; readonly ca: string }): object {
  const cluster = { server: url, 'certificate-authority-data': Buffer.from(ca).toString('base64') };
  return {
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user: { token: 'of-a-person' } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: 'shop' } }],
    'current-context': 'x',
  };
}

function podObject({ namespace, name, labels = {}, address, ports = [] }: LivePod): object {
  const container = namespace === 'portcullis-system' ? 'controller' : 'main';
  return {
    metadata: { namespace, name, uid: `${namespace}-${name}`, labels },
    spec: {
      nodeName: 'node-1',
      containers: [{ name: container, image: 'registry.example/portcullis:1', ports: ports.map((containerPort) => ({ containerPort })) }],
    },
    status: { phase: 'Running', podIPs: [{ ip: address }], containerStatuses: [{ name: container, state: { running: {} } }] },
  };
}

/** `cat` of the tables where the pod has one; Portcullis itself as if it ran there. */
function answering(pods: readonly LivePod[]): Act {
  return async (session, { path, command }) => {
    const pod = pods.find(({ name }) => name === path.split('/').at(-2));
    if (command[0] === 'cat') {
      if (pod?.listens === undefined) return session.exit(127);
      session.out(catOf(pod.listens));
      return session.exit(0);
    }
    const { code, stderr } = await execHere(
      { namespace: '', pod: '', container: '', command },
      { timeoutMs: 0, maxBytes: 0, heard: (text) => session.out(text) },
    );
    session.err(stderr);
    session.exit(code);
  };
}

function catOf(ports: readonly number[]): string {
  const header = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
  const six = '  sl  local_address                         remote_address                        st tx_queue rx_queue';
  const rows = ports.map((number, index) => {
    const hex = number.toString(16).toUpperCase().padStart(4, '0');
    return `   ${index}: 00000000:${hex} 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4${index} 1 0 100 0 0 10 0`;
  });
  const udp = `${header} ref pointer drops`;
  return `${[header, ...rows, six, udp, `${six} ref pointer drops`, ' ENDPT     SOCK', '32768\t60999'].join('\n')}\n`;
}
