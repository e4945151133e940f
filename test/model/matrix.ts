import { formatPort, type Port } from '../../src/core/port.ts';
import type { Template } from '../../src/core/template/model.ts';
import { permits } from '../support/template-evaluator.ts';
import { type PlacedPod, PORTS } from './universe.ts';

/** One connection that is tried: from a pod to a port of another one. */
export interface Attempt {
  readonly from: PlacedPod;
  readonly to: PlacedPod;
  readonly port: Port;
}

/** Every connection between different pods, in a fixed order. */
export function allAttempts(pods: readonly PlacedPod[]): Attempt[] {
  return pods.flatMap((from) => pods.filter((to) => to !== from).flatMap((to) => PORTS.map((port) => ({ from, to, port }))));
}

/** Whether the template lets it pass, by the evaluator that shares no code with the product. */
export function isPermitted(template: Template, { from, to, port }: Attempt): boolean {
  return permits(template, from, to, port);
}

/** `shop/model-0 -> web/model-1 80/TCP` */
export function attemptText({ from, to, port }: Attempt): string {
  return `${from.namespace}/${from.name} -> ${to.namespace}/${to.name} ${formatPort(port)}`;
}
