import { writeFile } from 'node:fs/promises';
import { reliabilityPage } from './page.ts';

/** `npm run reliability`: makes docs/reliability.md of the figures that are kept. */
await writeFile(new URL('../../docs/reliability.md', import.meta.url), await reliabilityPage());
