import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Runs the demo as a person would, from the root of the repository. */
function runDemo(signal: AbortSignal): Promise<{ code: number | null; out: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'demo/demo.ts'], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], signal });
  let out = '';
  const keep = (chunk: string) => {
    out += chunk;
  };
  child.stdout.setEncoding('utf8').on('data', keep);
  child.stderr.setEncoding('utf8').on('data', keep);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out }));
  });
}

/** The running example: its rows, exactly. */
const ROWS = `
Namespace   Pod      Open Ports   Protocol   Authorized Ports
iperf       iperf    5000         UDP        ✓
iperf       iperf    8000         TCP        ✗
iperf       iperf    50600        UDP        ✓
nginx       nginx    80           TCP        ✓
nginx       nginx    12000        UDP        ✗
server      server   7777         TCP        ✓
3 pods, 6 ports: `;

const REFUSED = `
refused   Deployment server/server

    Deployment server/server declares a port that the template does not permit
      container server  9090/TCP (metrics)  not in the template
    Permitted for these pods: 7777/TCP (rule server, demo/template.yaml:19)
    To permit this, add under namespace server (demo/template.yaml:17):
      rules:
        - pods: {app: server}
          ports: [9090/TCP]
    Mode enforce, by the default of demo/template.yaml:4.
    Why: kubectl portcullis explain deployment/server -n server
`;

const ADMITTED = `
admitted  Pod iperf/iperf
admitted  Pod nginx/nginx
admitted  Pod server/server
`;

const POLICIES = `
NAMESPACE   NAME                          POD-SELECTOR   AGE
iperf       portcullis-block              <none>         -
iperf       portcullis-allow              <none>         -
iperf       portcullis-allow-6ea2ff2c5c   app=iperf      -
nginx       portcullis-block              <none>         -
nginx       portcullis-allow              <none>         -
nginx       portcullis-allow-fc5a4fdf3a   app=nginx      -
server      portcullis-block              <none>         -
server      portcullis-allow              <none>         -
server      portcullis-allow-3fc7bfbfc6   app=server     -
`;

it('the demo shows the running example with no cluster', { timeout: 30_000 }, async ({ signal }) => {
  const { code, out } = await runDemo(signal);
  for (const part of [ADMITTED, REFUSED, ROWS, POLICIES, '\n6 policy files were written. The exit code of run is 1'])
    expect(out).toContain(part);
  expect(code).toBe(0);
});
