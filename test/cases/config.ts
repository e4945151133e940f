import { readGroup } from '../../src/app/template-state.ts';
import { makeAuthority } from '../../src/core/authority.ts';
import { distinctRanges, formatRange } from '../../src/core/port.ts';
import { mergeTemplates } from '../../src/core/template/merge.ts';
import { asRecord } from '../../src/core/unknown.ts';
import { type CaseFolder, differs, type Problems, setsDiffer, texts } from './case-folder.ts';
import { neutralReader } from './neutral-template.ts';

/** Loading templates: which files are taken, which are refused with a place, and what is permitted then. */
export function runConfig(folder: CaseFolder): Problems {
  const { expected } = folder;
  const allowedAfter = Object.entries(expected).flatMap(([key, value]) => {
    const file = /^allowedAfter (.+)$/.exec(key)?.[1];
    return file === undefined ? [] : [{ file, namespaces: asRecord(value) }];
  });
  return [
    ...(Object.keys(asRecord(expected.load)).length === 0 ? ['the case loads nothing'] : []),
    ...Object.entries(asRecord(expected.load)).flatMap(([file, wanted]) => {
      const read = load(folder, file);
      const placed = 'parts' in read || read.issues.every(({ place }) => place.document === file && place.line >= 1);
      return [...differs(file, 'parts' in read ? 'loaded' : 'refused', wanted), ...(placed ? [] : [`${file}: an issue without its place`])];
    }),
    ...allowedAfter.flatMap(({ file, namespaces }) => compareAllowed(folder, file, namespaces)),
  ];
}

function load(folder: CaseFolder, file: string): ReturnType<typeof readGroup> {
  return readGroup({ name: file, documents: [{ document: file, text: folder.text(file) }] }, neutralReader());
}

function compareAllowed(folder: CaseFolder, file: string, namespaces: Readonly<Record<string, unknown>>): Problems {
  const read = load(folder, file);
  const merged = 'parts' in read ? mergeTemplates(read.parts) : undefined;
  if (merged?.ok !== true) return [`${file} gives no template`];
  const authority = makeAuthority(merged.template, 'portcullis-system');
  return Object.entries(namespaces).flatMap(([name, ports]) => {
    const ranges = authority.grants(name).all.flatMap((grant) => grant.ports);
    return setsDiffer(`${file}: ${name}`, distinctRanges(ranges).map(formatRange), texts(ports));
  });
}
