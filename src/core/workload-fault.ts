import type { Port } from './port.ts';
import type { ContainerType } from './workload.ts';

/** Something that the API server would refuse as well. `path` is relative to the object. */
export interface WorkloadFault {
  readonly path: readonly (string | number)[];
  readonly container: string;
  readonly containerType?: ContainerType;
  readonly port?: Port;
  readonly message: string;
}
