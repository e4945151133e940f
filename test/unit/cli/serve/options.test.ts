import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { type ServeOptions, serveOptions, serveWords } from '../../../../src/cli/serve/options.ts';

/** What `portcullis serve WORDS` was asked for. */
function parse(words: string, env: Readonly<Record<string, string>> = {}): ServeOptions {
  const command = serveWords(new Command('serve'), env).exitOverride();
  command.parse(words.split(' ').filter(Boolean), { from: 'user' });
  return serveOptions(command.opts());
}

const DEFAULTS: ServeOptions = {
  role: 'all',
  namespace: 'portcullis-system',
  agentNamespace: 'portcullis-agent',
  service: 'portcullis-webhook',
  host: '0.0.0.0',
  port: 8443,
  metricsPort: 8081,
  addresses: [],
  failClosed: false,
  scanTargets: [],
  engine: 'auto',
  scanPeriodSeconds: 600,
  enforcementPeriodSeconds: 60,
  stopDelaySeconds: 10,
};

describe('the options of serve', () => {
  const good: Record<string, [words: string, changed: Partial<ServeOptions>]> = {
    'are those of a pod without a word': ['', {}],
    'take free ports': ['--port 0 --metrics-port 0', { port: 0, metricsPort: 0 }],
    'take the time of a round of scans': ['--scan-period 60', { scanPeriodSeconds: 60 }],
    'take the time between two proofs': ['--enforcement-period 30', { enforcementPeriodSeconds: 30 }],
    'take parts of a second': ['--stop-delay 0.5', { stopDelaySeconds: 0.5 }],
    'take a role, a cluster and the gate closed': [
      '--role webhook --kubeconfig k --context c --fail-closed',
      { role: 'webhook', kubeconfig: 'k', context: 'c', failClosed: true },
    ],
    'answer only who can prove himself': ['--client-ca ca.crt', { clientCa: 'ca.crt' }],
    'leave the policies of a cluster to somebody else': ['--policies external', { policies: 'external' }],
    'run without a cluster': [
      '--template t.yaml --policies out --certificates certs --address 127.0.0.1 ::1 --scan-target shop/api=127.0.0.5 --engine off',
      {
        template: 't.yaml',
        policies: 'out',
        certificates: 'certs',
        addresses: ['127.0.0.1', '::1'],
        scanTargets: [{ namespace: 'shop', name: 'api', address: '127.0.0.5' }],
        engine: 'off',
      },
    ],
  };
  it.each(Object.entries(good))('%s', (_, [words, changed]) => {
    expect(parse(words)).toEqual({ ...DEFAULTS, ...changed });
  });

  it('take the namespace of the pod, unless told otherwise', () => {
    const env = { PORTCULLIS_NAMESPACE: 'gate' };
    expect([parse('', env).namespace, parse('--namespace other', env).namespace]).toEqual(['gate', 'other']);
  });

  const bad: Record<string, [words: string, message: string]> = {
    'a role that nobody has': ['--role boss', '--role boss: write one of all, webhook, controller'],
    'an engine that nobody has': ['--engine zmap', '--engine zmap: write one of auto, nmap, connect, off'],
    'a round of scans without end': ['--scan-period 0', '--scan-period 0: write at least 10 seconds'],
    'a port that is too high': ['--port 65536', '--port 65536: write a port from 0 (any free one) to 65535'],
    'a port that is no number': ['--metrics-port 8e3', '--metrics-port 8e3: write a port from 0 (any free one) to 65535'],
    'a port below zero': ['--port=-1', '--port -1: write a port from 0 (any free one) to 65535'],
    'a delay that is no number': ['--stop-delay 5s', '--stop-delay 5s: write a number of seconds'],
    'a template without a folder for policies': [
      '--template t.yaml --certificates certs',
      '--template runs without a cluster: say with --policies DIR where the policies go',
    ],
    'a template whose policies somebody else applies': [
      '--template t.yaml --certificates certs --policies external',
      '--template runs without a cluster: say with --policies DIR where the policies go',
    ],
    'a template without a folder for certificates': [
      '--template t.yaml --policies out',
      '--template runs without a cluster: say with --certificates DIR where the certificates are kept',
    ],
    'a folder for policies with a cluster': [
      '--policies out',
      '--policies DIR needs --template: with a cluster the policies go to the API server (or --policies external)',
    ],
    'a target that is none': [
      '--scan-target api',
      '--scan-target api: write NAMESPACE/POD=ADDRESS or NAMESPACE/POD=ADDRESS,pid=NUMBER, like shop/api=10.0.0.7',
    ],
    'a target beside a cluster': [
      '--scan-target shop/api=127.0.0.5',
      '--scan-target needs --template: with a cluster the pods themselves say where they are',
    ],
  };
  it.each(Object.entries(bad))('refuse %s', (_, [words, message]) => {
    expect(() => parse(words)).toThrow(expect.objectContaining({ name: 'CommandError', code: 2, message }));
  });
});
