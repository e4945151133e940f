import type { SocketSource } from '../../ports.ts';
import { type EphemeralOptions, ephemeralContainer } from './ephemeral.ts';
import { catSockets, orReason, type PodLook, unknown } from './exec-sockets.ts';

const VIA = 'ephemeral';

/** The inside view where no container of the pod has `cat`: from an ephemeral container, which stays in the pod for its whole life. */
export function ephemeralSockets(look: PodLook & EphemeralOptions): SocketSource {
  return {
    via: VIA,
    sockets: (pod, signal) =>
      orReason(async () => {
        const container = await ephemeralContainer(pod, look, signal);
        if ('reason' in container) return unknown(container.reason);
        const view = await catSockets(look, { pod, container: container.name, via: VIA }, signal);
        return view ?? unknown(`the image ${look.image} has no cat`);
      }),
  };
}
