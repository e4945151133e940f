import { isIP } from 'node:net';
import type { ServedNames } from '../ports.ts';
import { CommandError, EXIT } from './exit-code.ts';
import type { DefineCommand } from './program.ts';

interface CertsOptions {
  readonly dir?: string;
  readonly check?: string;
  readonly name: readonly string[];
  readonly address: readonly string[];
}

const HELP = `
The folder gets ca.crt, ca.key, tls.crt and tls.key. Certificates are renewed where they need it: at two thirds of their time,
or when a name is missing. Certificates that somebody else made are never changed.

Examples:
  portcullis certs --dir certs/ --name portcullis-webhook.portcullis-system.svc --address 127.0.0.1
  portcullis certs --check certs/ --name portcullis-webhook.portcullis-system.svc

Exit codes: 0 in order, 2 wrong usage, or --check found something wrong.`;

/** `portcullis certs`: certificates in a folder, for a gate without a cluster, and a look at given ones. */
export const defineCerts: DefineCommand = (program, io, finish) => {
  program
    .command('certs')
    .description('Make, renew or check the certificates of the gate in a folder')
    .option('--dir <dir>', 'make or renew the certificates of this folder')
    .option('--check <dir>', 'only look at the certificates of this folder')
    .option('--name <dns...>', 'DNS names that the certificate must bear', [])
    .option('--address <ip...>', 'IP addresses that the certificate must bear', [])
    .addHelpText('after', HELP)
    .action(async (options: CertsOptions) => {
      const names = namesOf(options);
      // Making certificates needs a large library that no other command should wait for.
      const { checkFolder, renewFolder } = await import('./certs-folder.ts');
      if (options.check !== undefined) {
        const { lines, problems } = await checkFolder(options.check, names);
        io.out(lines.map((line) => `${line}\n`).join(''));
        io.err(problems.map((problem) => `portcullis: ${problem}\n`).join(''));
        finish(problems.length > 0 ? EXIT.usage : EXIT.clean);
      } else {
        io.out((await renewFolder(options.dir ?? '', names)).map((line) => `${line}\n`).join(''));
      }
    });
};

/** Labels of up to 63 characters, no dot at the end (RFC 5280, 4.2.1.6); a star may stand for the first. */
const DNS_NAME = /^(\*\.)?[a-z0-9_]([-a-z0-9_]{0,61}[a-z0-9_])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$/i;

function namesOf({ dir, check, name, address }: CertsOptions): ServedNames {
  if ((dir === undefined) === (check === undefined)) throw new CommandError(EXIT.usage, 'say either --dir DIR or --check DIR');
  if (dir !== undefined && name.length + address.length === 0) {
    throw new CommandError(EXIT.usage, 'say by which --name or --address the gate is called');
  }
  const misspelt = name.find((text) => !DNS_NAME.test(text) || text.length > 253);
  if (misspelt !== undefined)
    throw new CommandError(EXIT.usage, `--name ${misspelt}: write a DNS name as it is called, like gate.shop.svc`);
  // A certificate names no zone (RFC 5280, 4.2.1.6).
  const wrong = address.find((text) => isIP(text) === 0 || text.includes('%'));
  if (wrong !== undefined) throw new CommandError(EXIT.usage, `--address ${wrong}: write an IP address; a name belongs to --name`);
  return { dns: name, addresses: address };
}
