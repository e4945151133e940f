import { Option } from 'commander';
import { familyOf } from '../core/address.ts';
import { readCidr } from '../core/cidr.ts';
import { CommandError, EXIT } from './exit-code.ts';

/** `--api-server`: the addresses that `apiServer: true` of a template means where no cluster says them. */
export function apiServerOption(): Option {
  return new Option('--api-server <ip...>', 'without a cluster: the addresses of the API server').default([]).argParser(addressIn);
}

function addressIn(value: string, previous: readonly string[]): readonly string[] {
  // It becomes a block of a policy, which has no zone and no IPv4 inside of IPv6.
  if ('problem' in readCidr(`${value}/${familyOf(value) === 4 ? 32 : 128}`))
    throw new CommandError(EXIT.usage, `--api-server ${value}: write an IP address, like 10.0.0.1`);
  return [...previous, value];
}
