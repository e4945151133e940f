import { asList, asRecord, textOf } from '../../core/unknown.ts';
import { endpointSlicePath } from './paths.ts';

/** The slices of the Service `kubernetes` in `default`: where the API server really is, behind its Service address. */
export const API_SERVER_SLICES = {
  path: endpointSlicePath('default'),
  query: { labelSelector: 'kubernetes.io/service-name=kubernetes' },
} as const;

/** Where one slice says that the service is. */
export interface SliceState {
  readonly addresses: readonly string[];
  readonly ports: readonly number[];
}

/** What Portcullis keeps of an EndpointSlice. Addresses that are host names are left out: no policy can name them. */
export function keepSlice(raw: unknown): SliceState {
  const { addressType, endpoints, ports } = asRecord(raw);
  const addresses = addressType === 'FQDN' ? [] : asList(endpoints).flatMap((endpoint) => asList(asRecord(endpoint).addresses).map(textOf));
  return {
    addresses: addresses.filter((address) => address !== ''),
    ports: asList(ports)
      .flatMap((port) => asRecord(port).port)
      .filter((port): port is number => typeof port === 'number'),
  };
}

/** All addresses of all slices, once each, in one order. */
export function sliceAddresses(slices: Iterable<SliceState>): string[] {
  return [...new Set([...slices].flatMap(({ addresses }) => addresses))].sort();
}
