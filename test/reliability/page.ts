import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FIGURES, type RecordedFigures } from './record.ts';

/** A section of the page: in which order, and what its figures answer. */
const SECTIONS: Readonly<Record<string, readonly [title: string, question: string]>> = {
  chaos: ['Chaos', 'Are the policies right again after processes were killed at random moments under load?'],
  outages: ['Outages', 'How long after an outage is everything as it should be?'],
  rollout: ['Rolling restart', 'Does a call of the API server fail while the webhooks are replaced one after the other?'],
  rotation: ['Certificate rotation', 'Does a call fail while the certificates change?'],
  overload: ['Overload', 'Does a flood take memory without bound, or an answer beyond its deadline?'],
  soak: ['Soak', 'Does it grow over time?'],
  fuzz: ['Fuzzing', 'Does any input crash it, hang it, or let something in by error?'],
};

/** The page of all figures that are kept; throws for a set that has no section. */
export async function reliabilityPage(): Promise<string> {
  const files = (await readdir(FIGURES)).filter((file) => file.endsWith('.json'));
  const kept = new Map<string, RecordedFigures>();
  for (const file of files) {
    const set: RecordedFigures = JSON.parse(await readFile(join(FIGURES, file), 'utf8'));
    if (!(set.name in SECTIONS))
      throw new Error(`docs/reliability/${file}: "${set.name}" is not one of: ${Object.keys(SECTIONS).join(', ')}`);
    kept.set(set.name, set);
  }
  const sections = Object.entries(SECTIONS).flatMap(([name, [title, question]]) => {
    const set = kept.get(name);
    return set === undefined ? [] : [`## ${title}\n\n${question}\n\n${section(set)}`];
  });
  return `${[HEAD, ...sections].join('\n\n')}\n`;
}

const HEAD = `# Reliability

What was measured on real processes: a real kube-apiserver and etcd, webhooks and controllers as they are shipped. Each run fails where
something is lost or let in, so a figure stands here only where nothing was. Made by \`npm run reliability\`; each section names the command
that measures it again (with \`PORTCULLIS_RECORD=1\`, which keeps what it measured). The machines were shared and noisy.`;

function section({ command, date, machine, figures }: RecordedFigures): string {
  const rows = figures.map(({ what, value }) => `| ${cell(what)} | ${cell(value)} |`);
  return [`\`${command}\`, ${date}, ${machine}.`, '', '| figure | value |', '|---|---|', ...rows].join('\n');
}

const cell = (text: string) => text.replaceAll('|', '\\|');
