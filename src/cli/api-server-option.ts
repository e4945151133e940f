import { isIP } from 'node:net';
import { Option } from 'commander';
import { CommandError, EXIT } from './exit-code.ts';

/** `--api-server`: the addresses that `apiServer: true` of a template means where no cluster says them. */
export function apiServerOption(): Option {
  return new Option('--api-server <ip...>', 'without a cluster: the addresses of the API server').default([]).argParser(addressIn);
}

function addressIn(value: string, previous: readonly string[]): readonly string[] {
  if (isIP(value) === 0) throw new CommandError(EXIT.usage, `--api-server ${value}: write an IP address, like 10.0.0.1`);
  return [...previous, value];
}
