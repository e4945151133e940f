import type { Api } from '../test/cluster/api.ts';
import { createNamespaces } from './namespaces.ts';

const CLIENTS = 16;

/** Namespaces, and pods spread over them that run: what a large cluster shows to whoever watches it. No kubelet is here, so we say that they run. */
export async function makeFleet(api: Api, { namespaces, pods }: { readonly namespaces: number; readonly pods: number }): Promise<void> {
  const names = Array.from({ length: namespaces }, (_, index) => `fleet-${index}`);
  await createNamespaces(api, names, CLIENTS);
  const left = Array.from({ length: pods }, (_, index) => index).values();
  const client = async () => {
    for (const index of left) await makeRunningPod(api, names[index % namespaces] ?? '', index);
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
}

async function makeRunningPod(api: Api, namespace: string, index: number): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const name = `api-7d9f8b6c5d-${index.toString(36).padStart(5, '0')}`;
  await api.request('POST', path, pod(name, index));
  await api.request('PATCH', `${path}/${name}/status`, { status: status(index) });
}

function pod(name: string, index: number): object {
  const app = `app-${index % 50}`;
  const labels = { app, 'pod-template-hash': '7d9f8b6c5d', 'app.kubernetes.io/name': app, 'app.kubernetes.io/part-of': 'fleet' };
  const ports = [
    { name: 'http', containerPort: 8080 },
    { name: 'metrics', containerPort: 9090 },
  ];
  const probe = { httpGet: { path: '/healthz', port: 'http' } };
  const container = {
    name: 'api',
    image: 'registry.example/api:1.2.3',
    ports,
    env: [{ name: 'LOG_LEVEL', value: 'info' }],
    resources: { limits: { memory: '256Mi' }, requests: { cpu: '100m', memory: '128Mi' } },
    livenessProbe: probe,
    readinessProbe: probe,
  };
  const proxy = { name: 'proxy', image: 'registry.example/proxy:4', ports: [{ name: 'admin', containerPort: 9090 }] };
  return {
    metadata: { name, labels, annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '9090' } },
    spec: { nodeName: `node-${index % 100}`, containers: [container, proxy] },
  };
}

function status(index: number): object {
  const ip = `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;
  const startedAt = '2026-01-01T00:00:00Z';
  const containerStatuses = ['api', 'proxy'].map((name) => ({
    name,
    image: `registry.example/${name}:1`,
    imageID: `registry.example/${name}@sha256:${'0123456789abcdef'.repeat(4)}`,
    containerID: `containerd://${'0123456789abcdef'.repeat(4)}`,
    ready: true,
    restartCount: 0,
    state: { running: { startedAt } },
  }));
  const conditions = ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) => ({
    type,
    status: 'True',
    lastTransitionTime: startedAt,
  }));
  return { phase: 'Running', podIP: ip, podIPs: [{ ip }], hostIP: '10.255.0.1', startTime: startedAt, conditions, containerStatuses };
}
