import type { FakeApi, Responder, Seen } from './fake-api.ts';
import { sendJson, sendStatus } from './fake-api.ts';

/**
 * What a name could carry to clear the screen, set the title, turn text around, hide, be no text at all, or begin a line of its own. Whatever
 * begins a line with FORGED was let through.
 */
export const HOSTILE_FILE_NAME =
  'api\u001b[2J\u001b]0;x\u0007\u009b31m\u202e\u200b\u2066\u00ad\u3164\u{e0041}\r\nFORGED line\u2028FORGED too\u2029FORGED';

/** The same with half of a character, which no file name can have. */
export const HOSTILE = `${HOSTILE_FILE_NAME}\ud800`;

/** Two of our pods and their world, as an API server would list them if it were not one. */
const POD = {
  metadata: {
    name: HOSTILE,
    namespace: HOSTILE,
    uid: 'uid-1',
    labels: { app: HOSTILE, [HOSTILE]: HOSTILE, 'portcullis.dev/quarantine': 'true' },
    annotations: { [HOSTILE]: HOSTILE },
  },
  spec: {
    nodeName: HOSTILE,
    containers: [{ name: HOSTILE, image: HOSTILE, ports: [{ name: HOSTILE, containerPort: 8080 }] }],
  },
  status: {
    phase: 'Running',
    reason: HOSTILE,
    podIP: HOSTILE,
    podIPs: [{ ip: HOSTILE }],
    conditions: [{ type: 'Ready', status: 'True', message: HOSTILE }],
    containerStatuses: [{ name: HOSTILE, restartCount: 0, state: { running: {} } }],
  },
};

const workload = {
  metadata: { ...POD.metadata, name: `${HOSTILE}-workload` },
  spec: { selector: { matchLabels: { [HOSTILE]: HOSTILE } }, template: { metadata: POD.metadata, spec: POD.spec } },
};

const policy = (name: string) => ({
  metadata: { name, namespace: HOSTILE, uid: name, labels: { [HOSTILE]: HOSTILE }, creationTimestamp: HOSTILE },
  spec: {
    podSelector: { matchLabels: { [HOSTILE]: HOSTILE } },
    policyTypes: ['Ingress', HOSTILE],
    ingress: [
      {
        from: [{ namespaceSelector: { matchLabels: { [HOSTILE]: HOSTILE } } }, { ipBlock: { cidr: HOSTILE } }],
        ports: [{ port: HOSTILE }],
      },
    ],
    egress: [{}],
  },
});

const LISTS: Readonly<Record<string, readonly object[]>> = {
  namespaces: [{ metadata: { name: HOSTILE, uid: 'uid-0', labels: { [HOSTILE]: HOSTILE } }, status: { phase: 'Active' } }],
  pods: [POD],
  services: [{ metadata: POD.metadata, spec: { selector: { app: HOSTILE }, ports: [{ name: HOSTILE, port: 80, targetPort: HOSTILE }] } }],
  deployments: [workload],
  networkpolicies: [policy(HOSTILE), policy('portcullis-block')],
  endpointslices: [{ metadata: { name: HOSTILE, uid: HOSTILE }, endpoints: [{ addresses: [HOSTILE] }], ports: [{ port: 6443 }] }],
};

/** The ConfigMaps of Portcullis' own namespace. */
export type HostileData = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** The ways in which an API server, or who sits between, can be hostile. Each sends warnings as well. */
export const HOSTILE_ANSWERS = {
  objects: (data: HostileData) => (response, seen) => sendJson(response, 200, objectAt(seen, data), WARNINGS),
  refusal: () => (response) => sendStatus(response, 403, HOSTILE, `${HOSTILE}\n${'FORGED '.repeat(5_000)}`, WARNINGS),
  'a page of a proxy': () => (response) =>
    void response.writeHead(400, { ...WARNINGS, 'content-type': 'text/html' }).end(HOSTILE.repeat(1000)),
  'no JSON': () => (response) => void response.writeHead(200, { ...WARNINGS, 'content-type': 'application/json' }).end(`\n${HOSTILE}`),
} satisfies Record<string, (data: HostileData) => Responder>;

export type HostileAnswer = keyof typeof HOSTILE_ANSWERS;

/** Header values are bytes: of what drives a terminal, C1 controls are possible. */
const WARNINGS = { warning: '299 - "\u009b2J FORGED"' };

export function answerHostile(api: FakeApi, answer: HostileAnswer, data: HostileData = {}): void {
  api.otherwise(HOSTILE_ANSWERS[answer](data));
}

function objectAt({ method, path, body }: Seen, data: HostileData): object {
  const parts = path.split('/');
  const name = decodeURIComponent(parts.at(-1) ?? '');
  if (method === 'POST' && name === 'selfsubjectreviews') return { status: { userInfo: { username: HOSTILE } } };
  if (method !== 'GET') return (body ?? {}) as object;
  if (parts.at(-2) === 'configmaps') return { metadata: { name, namespace: 'portcullis-system' }, data: data[name] ?? {} };
  if (parts.at(-2) === 'pods') return POD;
  const items =
    name === 'configmaps'
      ? Object.entries(data).map(([key, value]) => ({
          metadata: { name: key, namespace: 'portcullis-system', uid: key, resourceVersion: '1' },
          data: value,
        }))
      : (LISTS[name] ?? []);
  return { kind: 'List', metadata: { resourceVersion: '1' }, items };
}
