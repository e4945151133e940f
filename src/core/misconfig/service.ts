import { isPortNumber, PROTOCOLS, type Protocol } from '../port.ts';
import type { Labels } from '../selector.ts';
import { asList, asRecord, textFields, textOf } from '../unknown.ts';

/** A Service as far as it leads to pods. */
export interface Service {
  readonly namespace: string;
  readonly name: string;
  /** Absent: it leads to no pods by labels (no selector, an empty one, or an ExternalName). */
  readonly selector?: Labels;
  /** `clusterIP: None`: its name stands for the pods themselves, and no port is translated. */
  readonly headless: boolean;
  readonly ports: readonly ServicePort[];
}

export interface ServicePort {
  /** Its place in the list. */
  readonly index: number;
  readonly number: number;
  readonly protocol: Protocol;
  /** A number, or the name of a containerPort; the Service's own port where none is written (Service API). */
  readonly target: number | string;
}

/** Reads a Service of raw JSON. Ports that are no ports are left out: the API server refuses them. */
export function readService(value: unknown, namespace: string): Service {
  const object = asRecord(value);
  const spec = asRecord(object.spec);
  const selector = textFields(spec.selector);
  const leads = spec.type !== 'ExternalName' && Object.keys(selector).length > 0;
  return {
    namespace,
    name: textOf(asRecord(object.metadata).name),
    ...(leads ? { selector } : {}),
    headless: spec.clusterIP === 'None',
    ports: asList(spec.ports).flatMap(readServicePort),
  };
}

function readServicePort(value: unknown, index: number): ServicePort[] {
  const { port, targetPort, protocol } = asRecord(value);
  if (!isPortNumber(port)) return [];
  // 0 and the empty text are how the API writes "the same".
  const target = targetPort === undefined || targetPort === null || targetPort === 0 || targetPort === '' ? port : targetPort;
  if (typeof target !== 'string' && !isPortNumber(target)) return [];
  return [{ index, number: port, protocol: PROTOCOLS.find((name) => name === protocol) ?? 'TCP', target }];
}
