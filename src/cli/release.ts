import { setTimeout as pause } from 'node:timers/promises';
import type { KubeTransport } from '../adapters/kube/transport.ts';
import { type ReleaseDesk, type ReleaseOutcome, type ReleaseRequest, requestRelease } from '../app/release.ts';
import { formatPort } from '../core/port.ts';
import type { Release } from '../core/release.ts';
import { type ClusterOptions, clusterWords, withCluster } from './cluster.ts';
import { CommandError, EXIT, type ExitCode } from './exit-code.ts';
import type { Io } from './io.ts';
import type { DefineCommand } from './program.ts';

interface ReleaseOptions extends ClusterOptions {
  readonly namespace?: string;
  readonly reason: string;
  readonly portcullisNamespace: string;
  readonly timeout: string;
}

const HELP = `
The request goes into ConfigMap portcullis-releases of Portcullis' own namespace: who may patch it may release. The controller takes
the label off, tells of it by an Event, and does not quarantine this pod again for the same ports; another port does.

Examples:
  portcullis release shop/api --reason "port 9999 is the debugger, gone by Friday"
  portcullis release pod/api -n shop --reason "false alarm"

Exit codes: 0 the pod is out of quarantine, 2 wrong usage, or there is no such pod in quarantine, 3 the controller did not act in
time, or the cluster failed.`;

/** `portcullis release`: takes a pod out of quarantine, on record. */
export const defineRelease: DefineCommand = (program, io, finish) => {
  clusterWords(program.command('release'))
    .description('Take a pod out of quarantine, on record')
    .argument('<pod>', 'NAMESPACE/POD, or pod/POD with -n')
    .requiredOption('--reason <text>', 'why, for those who look later')
    .option('-n, --namespace <name>', 'the namespace of the pod')
    .option('--portcullis-namespace <name>', "Portcullis' own namespace", io.env.PORTCULLIS_NAMESPACE ?? 'portcullis-system')
    .option('--timeout <seconds>', 'how long to wait for the controller', '30')
    .addHelpText('after', HELP)
    .action(async (pod: string, options: ReleaseOptions) => finish(await release(pod, options, io)));
};

async function release(pod: string, options: ReleaseOptions, io: Io): Promise<ExitCode> {
  const request = releaseRequest(pod, options);
  return withCluster(options, io, async (transport) => {
    const outcome = await requestRelease(request, await openDesk(transport, request, options.portcullisNamespace), {
      now: () => new Date(),
      pause: (ms) => pause(ms, undefined, { signal: io.stop }).catch(() => {}),
      signal: io.stop,
      requested: () => {
        if (io.progress) io.err(`requested; waiting for the controller to take the label off ${request.namespace}/${request.pod}\n`);
      },
    });
    return tell(outcome, { ...request, book: options.portcullisNamespace }, io);
  });
}

/** Checks the words of the command; a mistake is a CommandError. */
export function releaseRequest(
  pod: string,
  { namespace, reason, timeout }: Pick<ReleaseOptions, 'namespace' | 'reason' | 'timeout'>,
): ReleaseRequest {
  const [first = '', second, ...rest] = pod.split('/');
  const isKind = ['pod', 'pods', 'po'].includes(first) && namespace !== undefined;
  const name = second ?? first;
  const where = second === undefined || isKind ? namespace : first;
  if (rest.length > 0 || name === '' || !where)
    throw new CommandError(EXIT.usage, `${pod}: write NAMESPACE/POD, or pod/POD with -n NAMESPACE`);
  if (namespace !== undefined && where !== namespace) throw new CommandError(EXIT.usage, `${pod} and -n ${namespace} name two namespaces`);
  if (reason.trim() === '') throw new CommandError(EXIT.usage, '--reason: say why, for those who look later');
  const seconds = Number(timeout);
  if (!/^\d+$/.test(timeout) || seconds < 1) throw new CommandError(EXIT.usage, `--timeout ${timeout}: write a number of seconds`);
  return { namespace: where, pod: name, reason: reason.trim(), timeoutMs: seconds * 1000 };
}

async function openDesk(transport: KubeTransport, { namespace, pod }: ReleaseRequest, own: string): Promise<ReleaseDesk> {
  const [{ readQuarantine }, { readOwnName, readReleases, writeEntry }] = await Promise.all([
    import('../adapters/kube/quarantine.ts'),
    import('../adapters/kube/releases.ts'),
  ]);
  return {
    pod: () => readQuarantine(transport, namespace, pod),
    book: () => readReleases(transport, own),
    ownName: () => readOwnName(transport),
    write: (written) => writeEntry(transport, own, { release: written }),
  };
}

function tell(outcome: ReleaseOutcome, request: ReleaseRequest & { readonly book: string }, io: Io): ExitCode {
  const { namespace, pod, timeoutMs, book } = request;
  switch (outcome.outcome) {
    case 'no pod':
      throw new CommandError(EXIT.usage, `there is no pod ${pod} in namespace ${namespace}`);
    case 'not quarantined':
      throw new CommandError(EXIT.usage, `pod ${namespace}/${pod} is not in quarantine: it has no label portcullis.dev/quarantine=true`);
    case 'no book':
      throw new CommandError(
        EXIT.failed,
        `there is no ConfigMap portcullis-releases in namespace ${book}: no controller runs there (--portcullis-namespace names another one)`,
      );
    case 'nobody acted':
      throw new CommandError(
        EXIT.failed,
        `no controller acted within ${timeoutMs / 1000} s; the request stays in ConfigMap portcullis-releases of ${book}, and is carried out once a controller runs`,
      );
    case 'gone':
      io.out(`pod/${pod} -n ${namespace} is gone\n`);
      return EXIT.clean;
    case 'released':
      io.out(`pod/${pod} -n ${namespace} released from quarantine${excused(outcome.release)}\n`);
      return EXIT.clean;
  }
}

function excused({ ports }: Release): string {
  return ports.length === 0
    ? ' (no ports are on record: any that is found open quarantines it again)'
    : ` (may stay open: ${ports.map(formatPort).join(', ')}; another port quarantines it again)`;
}
