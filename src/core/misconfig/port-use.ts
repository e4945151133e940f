import { asRecord, textOf } from '../unknown.ts';
import type { Container } from '../workload.ts';

/** A port that the kubelet calls in a container: by a probe or by a lifecycle hook. Always TCP. */
export interface PortUse {
  readonly container: Container;
  /** `readinessProbe`, `lifecycle.preStop`, ... */
  readonly by: string;
  readonly port: number | string;
  /** Where the port is written in the object. */
  readonly path: readonly (string | number)[];
}

const CALLERS: readonly (readonly string[])[] = [
  ['startupProbe'],
  ['readinessProbe'],
  ['livenessProbe'],
  ['lifecycle', 'postStart'],
  ['lifecycle', 'preStop'],
];
const ACTIONS = ['httpGet', 'tcpSocket', 'grpc'];

/** The ports that probes and hooks of the containers call. One with a `host` of its own may call anything, and says nothing about the pod. */
export function readPortUses(object: unknown, containers: readonly Container[]): PortUse[] {
  return containers.flatMap((container) =>
    CALLERS.flatMap((caller) =>
      ACTIONS.flatMap((action): PortUse[] => {
        const steps = [...container.path, ...caller, action];
        const { port, host } = asRecord(steps.reduce<unknown>(step, object));
        if ((typeof port !== 'number' && typeof port !== 'string') || textOf(host) !== '') return [];
        return [{ container, by: caller.join('.'), port, path: [...steps, 'port'] }];
      }),
    ),
  );
}

function step(value: unknown, key: string | number): unknown {
  return typeof key === 'number' ? (Array.isArray(value) ? value[key] : undefined) : asRecord(value)[key];
}
