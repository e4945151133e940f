/** A TCP address on a node's network. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

/** The first line of a relayed connection: `10.244.0.5:8080`, `[fd00:244::5]:8080`. */
export const targetLine = ({ host, port }: Target): string => `${host.includes(':') ? `[${host}]` : host}:${port}\n`;

/** Reads it again. */
export function parseTarget(line: string): Target {
  const { hostname, port } = new URL(`tcp://${line.trim()}`);
  return { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port) };
}
