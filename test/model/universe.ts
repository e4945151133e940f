import type { Port } from '../../src/core/port.ts';
import { NAMESPACES } from '../support/arbitrary.ts';
import type { Endpoint } from '../support/netpol-evaluator.ts';

/** The pods between which every connection is tried: two in each namespace that the random templates speak of. */

export interface ModelPod {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** What it listens on. */
  readonly ports: readonly Port[];
}

/** A pod and where it is. */
export type PlacedPod = ModelPod & Endpoint;

/** Those of the random templates (test/support/arbitrary.ts): single ports, and the edges of their ranges. */
const NUMBERS = [79, 80, 81, 82, 443, 444];
export const PORTS: readonly Port[] = NUMBERS.flatMap((number) => [
  { number, protocol: 'TCP' as const },
  { number, protocol: 'UDP' as const },
]);

const LABELS: readonly Readonly<Record<string, string>>[] = [
  { app: 'a', tier: 'x' },
  { app: 'b' },
  { app: 'a' },
  { app: 'b', tier: 'y' },
  { tier: '' },
  {},
];

export const PODS: readonly ModelPod[] = NAMESPACES.flatMap((namespace, index) =>
  [0, 1].map((nth) => ({
    namespace,
    name: `model-${nth}`,
    labels: LABELS[(index * 2 + nth) % LABELS.length] ?? {},
    ports: PORTS,
  })),
);

/** Low ports need no privilege in a network namespace that says so. */
export function podManifest({ namespace, name, labels, ports }: ModelPod): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name, labels },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      securityContext: { sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }] },
      containers: [
        {
          name: 'netcheck',
          image: 'localhost/netcheck:1',
          imagePullPolicy: 'Never',
          args: ['listen', ...ports.map(({ number, protocol }) => `${protocol.toLowerCase()}:${number}`)],
        },
      ],
    },
  };
}
