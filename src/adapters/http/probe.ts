import { request } from 'node:https';

/** Whether a gate says that it is ready: GET /readyz over TLS, trusting this CA. Any failure, or 2 seconds without an answer, is "no". */
export function isGateReady({
  host,
  port,
  ca,
  servername,
}: {
  readonly host: string;
  readonly port: number;
  readonly ca: string;
  readonly servername: string;
}): Promise<boolean> {
  return new Promise((resolve) => {
    const call = request({ host, port, ca, servername, path: '/readyz', agent: false, timeout: 2_000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    call.on('timeout', () => call.destroy());
    call.on('error', () => resolve(false));
    call.end();
  });
}
