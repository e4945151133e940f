import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { type AgentOptions, agentOptions, agentWords } from '../../../src/cli/agent-options.ts';

/** What `portcullis agent WORDS` was asked for. */
function parse(words: string, env: Readonly<Record<string, string>> = {}): AgentOptions {
  const command = agentWords(new Command('agent'), env).exitOverride();
  command.parse(words.split(' ').filter(Boolean), { from: 'user' });
  return agentOptions(command.opts());
}

const DEFAULTS: AgentOptions = {
  node: 'node-1',
  host: '0.0.0.0',
  port: 9443,
  healthPort: 8081,
  canaryPermitted: 9444,
  canaryDenied: 9445,
  certificates: 'certs',
  everyMs: 1000,
  proc: '/proc',
};

describe('the options of agent', () => {
  it('are those of a pod with a node and certificates', () => {
    expect(parse('--certificates certs', { PORTCULLIS_NODE: 'node-1' })).toEqual(DEFAULTS);
  });

  it('take what is said', () => {
    const words =
      '--node n --certificates c --host ::1 --port 1 --health-port 2 --canary-permitted 3 --canary-denied 4 --every 0.5 --proc /host/proc';
    const ports = { port: 1, healthPort: 2, canaryPermitted: 3, canaryDenied: 4 };
    expect(parse(words, { PORTCULLIS_NODE: 'other' })).toEqual({
      ...ports,
      node: 'n',
      certificates: 'c',
      host: '::1',
      everyMs: 500,
      proc: '/host/proc',
    });
  });

  const wrong: Record<string, string> = {
    '--certificates c': 'say with --node, or PORTCULLIS_NODE, on which node this agent runs',
    '--node n': 'say with --certificates DIR where the certificates will be',
    '--node n --certificates c --port 65536': '--port 65536: write a port from 0 (any free one) to 65535',
    '--node n --certificates c --health-port x': '--health-port x: write a port from 0 (any free one) to 65535',
    '--node n --certificates c --every 0': '--every 0: write a number of seconds, 0.1 or more',
  };
  it.each(Object.entries(wrong))('refuse %s', (words, message) => {
    expect(() => parse(words)).toThrow(message);
  });
});
