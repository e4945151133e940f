/** Reports in the form of `nmap -oX -`, written by hand after its document type. */

export interface ReportParts {
  /** Rows like `['tcp', 80, 'open']`. */
  readonly rows?: readonly (readonly [protocol: string, number: number | string, state: string])[];
  /** What is folded: state, count, and the ports where the version tells them. */
  readonly folds?: readonly { readonly state: string; readonly count: number | string; readonly ports?: string }[];
  readonly host?: string;
  readonly finished?: string;
  readonly hosts?: number;
  readonly address?: string;
  /** Of the host: up, unless given. */
  readonly status?: string;
}

/** A whole report of one host, unless the parts say otherwise. */
export function report({ rows = [], folds = [], host = '', finished = 'exit="success"', hosts = 1, ...where }: ReportParts = {}): string {
  const { address = '127.0.0.1', status = 'up' } = where;
  const ports = [
    ...folds.map(
      ({ state, count, ports: list }) =>
        `<extraports state="${state}" count="${count}">\n<extrareasons reason="conn-refused" count="${count}"${list === undefined ? '' : ` proto="tcp" ports="${list}"`}/>\n</extraports>`,
    ),
    ...rows.map(
      ([protocol, number, state]) =>
        `<port protocol="${protocol}" portid="${number}"><state state="${state}" reason="syn-ack" reason_ttl="0"/><service name="x&amp;y" method="table" conf="3"/></port>`,
    ),
  ].join('\n');
  const one = `<host starttime="1" endtime="2"${host}><status state="${status}" reason="user-set" reason_ttl="0"/>
<address addr="${address}" addrtype="${address.includes(':') ? 'ipv6' : 'ipv4'}"/>
<hostnames>
</hostnames>
<ports>${ports}
</ports>
<times srtt="160" rttvar="2852" to="100000"/>
</host>`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE nmaprun>
<?xml-stylesheet href="file:///usr/share/nmap/nmap.xsl" type="text/xsl"?>
<!-- Nmap 7.93 scan initiated as: nmap -n -Pn -sT -p 1 -&#45;min-rate 5000 -oX - 127.0.0.1 -->
<nmaprun scanner="nmap" args="nmap -n -Pn -sT" start="1" version="7.93" xmloutputversion="1.05">
<scaninfo type="connect" protocol="tcp" numservices="3" services="1-3"/>
<verbose level="0"/>
<debugging level="0"/>
${Array.from({ length: hosts }, () => one).join('\n')}
<runstats><finished time="2" ${finished}/><hosts up="1" down="0" total="1"/>
</runstats>
</nmaprun>
`;
}
