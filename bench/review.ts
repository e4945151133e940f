/** Reviews as an API server sends them: 4.6 kB, of which 44 % are managedFields; one in eight declares a port that the template lacks. */
export const NAMESPACES = 1_000;
export const PORTS = [8080, 8081, 8082, 8083, 8084];

/** Eight bodies for one namespace each; the last is refused. */
export function reviewBodies(): string[] {
  return Array.from({ length: 8 }, (_, i) => JSON.stringify(review(`team-${(i * 131) % NAMESPACES}`, i === 7 ? 9999 : 8081)));
}

function review(namespace: string, port: number) {
  const pods = { group: '', version: 'v1', resource: 'pods' };
  const kind = { group: '', version: 'v1', kind: 'Pod' };
  const userInfo = {
    username: 'system:serviceaccount:kube-system:replicaset-controller',
    uid: 'b41b2f0e-2c41-4a6c-a0fe-0b6b7d1f3c55',
    groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'],
  };
  return {
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      kind,
      resource: pods,
      requestKind: kind,
      requestResource: pods,
      namespace,
      operation: 'CREATE',
      userInfo,
      object: pod(namespace, port),
      oldObject: null,
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
    },
  };
}

function pod(namespace: string, port: number) {
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      generateName: 'api-7d9f8b6c5d-',
      namespace,
      creationTimestamp: null,
      labels: { app: 'api', 'pod-template-hash': '7d9f8b6c5d', 'app.kubernetes.io/name': 'api' },
      annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '8081' },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: 'api-7d9f8b6c5d',
          uid: '5b9f3c5e-7d11-4c1e-9f0a-7f6b0e5f2a01',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
      managedFields: [
        {
          manager: 'kube-controller-manager',
          operation: 'Update',
          apiVersion: 'v1',
          time: '2026-01-01T00:00:00Z',
          fieldsType: 'FieldsV1',
          fieldsV1: managedFields(),
        },
      ],
    },
    spec: {
      volumes: [
        {
          name: 'kube-api-access-x7k2p',
          projected: {
            sources: [
              { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
              { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
              { downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
            ],
            defaultMode: 420,
          },
        },
      ],
      containers: [
        {
          name: 'api',
          image: 'registry.example/api:1.2.3',
          ports: [
            { name: 'http', containerPort: 8080, protocol: 'TCP' },
            { name: 'extra', containerPort: port, protocol: 'TCP' },
          ],
          env: [{ name: 'LOG_LEVEL', value: 'info' }],
          resources: { limits: { memory: '256Mi' }, requests: { cpu: '100m', memory: '128Mi' } },
          volumeMounts: [{ name: 'kube-api-access-x7k2p', readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' }],
          livenessProbe: {
            httpGet: { path: '/healthz', port: 'http', scheme: 'HTTP' },
            timeoutSeconds: 1,
            periodSeconds: 10,
            successThreshold: 1,
            failureThreshold: 3,
          },
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
          imagePullPolicy: 'IfNotPresent',
        },
      ],
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      serviceAccountName: 'default',
      serviceAccount: 'default',
      securityContext: {},
      schedulerName: 'default-scheduler',
      priority: 0,
      enableServiceLinks: true,
      tolerations: ['not-ready', 'unreachable'].map((key) => ({
        key: `node.kubernetes.io/${key}`,
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: 300,
      })),
    },
    status: {},
  };
}

function managedFields() {
  const fields = [
    'image',
    'imagePullPolicy',
    'name',
    'resources',
    'terminationMessagePath',
    'terminationMessagePolicy',
    'livenessProbe',
    'env',
    'ports',
    'volumeMounts',
  ];
  const container = Object.fromEntries(
    fields.map((name) => [
      `f:${name}`,
      { '.': {}, 'f:value': {}, 'f:name': {}, 'k:{"containerPort":8080,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} } },
    ]),
  );
  return {
    'f:metadata': {
      'f:annotations': { '.': {}, 'f:prometheus.io/scrape': {} },
      'f:generateName': {},
      'f:labels': { '.': {}, 'f:app': {}, 'f:pod-template-hash': {} },
      'f:ownerReferences': { '.': {}, 'k:{"uid":"5b9f3c5e-7d11-4c1e-9f0a-7f6b0e5f2a01"}': {} },
    },
    'f:spec': {
      'f:containers': { 'k:{"name":"api"}': { '.': {}, ...container } },
      'f:dnsPolicy': {},
      'f:enableServiceLinks': {},
      'f:restartPolicy': {},
      'f:schedulerName': {},
      'f:securityContext': {},
      'f:terminationGracePeriodSeconds': {},
    },
  };
}
