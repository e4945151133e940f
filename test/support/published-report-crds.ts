import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localToolchain } from '../cluster/go.ts';
import { run } from '../cluster/proc.ts';

/** The CRDs of reports as others publish and install them, in modules of Go: kept in Go's own cache, checked by its sums, never in this repository. */
const PUBLISHED = {
  /** By its authors. */
  openreports: { module: 'github.com/openreports/reports-api@v0.2.1', file: 'config/crd/openreports.io_reports.yaml' },
  /** The CRD of the working group for policies, by its largest user: the group publishes no module. */
  policyreports: {
    module: 'github.com/kyverno/kyverno@v1.12.0',
    file: 'config/crds/policyreport/wgpolicyk8s.io_policyreports.yaml',
  },
} as const;

const TIMEOUT = 300_000;

/** The file of a published CRD, fetched once for this machine. Throws with the words of Go where it cannot be had. */
export async function publishedCrd(crd: keyof typeof PUBLISHED): Promise<string> {
  const { module, file } = PUBLISHED[crd];
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-crd-')); // outside of every module
  try {
    const command = ['go', 'mod', 'download', '-json', module];
    const { code, stdout, stderr } = await run(command, { env: localToolchain(), cwd: folder, timeout: TIMEOUT });
    if (code !== 0) throw new Error(`the CRD of ${crd} cannot be had: ${stderr || stdout}`);
    return join((JSON.parse(stdout) as { readonly Dir: string }).Dir, file);
  } finally {
    await rm(folder, { recursive: true });
  }
}
