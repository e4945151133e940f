import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PodCgroup, podOfCgroup } from '../../../src/core/pod-cgroup.ts';

const UID = '0b3a7d52-9f0c-4c1e-8a55-6f2d1c3b4a59';
const UNDERSCORED = UID.replaceAll('-', '_');
const HASH = '9aac5b5c8815def09a2ef9e37b89da55';
const ID = 'a1b2c3d4'.repeat(8);
const OTHER = 'f'.repeat(64);
const FOUND = { pod: UID, container: ID };

describe('the pod of a process', () => {
  const table: Record<string, [text: string, PodCgroup | undefined]> = {
    'is found on cgroup v1 with the driver cgroupfs': [
      `12:pids:/kubepods/besteffort/pod${UID}/${ID}\n11:cpu,cpuacct:/kubepods/besteffort/pod${UID}/${ID}\n`,
      FOUND,
    ],
    'is found where the pod is guaranteed and has no class in its path': [`0::/kubepods/pod${UID}/${ID}\n`, FOUND],
    'is found on cgroup v2 with the driver systemd and containerd': [
      `0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${UNDERSCORED}.slice/cri-containerd-${ID}.scope\n`,
      FOUND,
    ],
    'is found with CRI-O': [`0::/kubepods.slice/kubepods-pod${UNDERSCORED}.slice/crio-${ID}.scope\n`, FOUND],
    'is found with CRI-O and cgroupfs': [`0::/kubepods/burstable/pod${UID}/crio-${ID}\n`, FOUND],
    'is found with Docker': [`5:cpu:/kubepods.slice/kubepods-pod${UNDERSCORED}.slice/docker-${ID}.scope\n`, FOUND],
    'is found below a cgroup root of the kubelet': [`9:pids:/portcullis-42/kubepods/besteffort/pod${UID}/${ID}\n`, FOUND],
    'is found in a node that is a container': [
      `0::/docker/${OTHER}/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/kubelet-kubepods-besteffort-pod${UNDERSCORED}.slice/cri-containerd-${ID}.scope\n`,
      FOUND,
    ],
    'is the inner one where a node is a pod': [`0::/kubepods/pod${HASH}/${OTHER}/kubepods/burstable/pod${UID}/${ID}\n`, FOUND],
    'is the outer one for what the inner node itself runs': [
      `0::/kubepods/burstable/pod${UID}/${ID}/system.slice/containerd.service\n`,
      FOUND,
    ],
    'is found from within another cgroup namespace, driver systemd': [
      `0::/../../kubepods-burstable-pod${UNDERSCORED}.slice/cri-containerd-${ID}.scope\n`,
      FOUND,
    ],
    'is found from within another cgroup namespace, driver cgroupfs': [`0::/../../pod${UID}/${ID}\n`, FOUND],
    'is found where the runtime does not use the driver of the kubelet': [
      `4:cpu:/system.slice/containerd.service/kubepods-burstable-pod${UNDERSCORED}.slice:cri-containerd:${ID}\n`,
      FOUND,
    ],
    'is found where its container starts groups of its own': [
      `0::/kubepods.slice/kubepods-pod${UNDERSCORED}.slice/cri-containerd-${ID}.scope/init.scope\n`,
      FOUND,
    ],
    'is found while its group is being removed': [`0::/kubepods/pod${UID}/${ID} (deleted)\n`, FOUND],
    'is the hash of its file where it is static': [
      `0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${HASH}.slice/cri-containerd-${ID}.scope\n`,
      { pod: HASH, container: ID },
    ],
    'is found in the hierarchy that has it': [`2:net_cls:/\n1:name=systemd:/kubepods/pod${UID}/${ID}\n0::/\n`, FOUND],
    'is none for the monitor of a container, which lives in the network of the node': [
      `0::/kubepods.slice/kubepods-pod${UNDERSCORED}.slice/crio-conmon-${ID}.scope\n`,
      undefined,
    ],
    'is none for what is in the pod but in no container': [`0::/kubepods/pod${UID}\n`, undefined],
    'is none for what another program puts into the pod': [`0::/kubepods/pod${UID}/kata_${ID}\n`, undefined],
    'is none for a container that no kubelet started': [`0::/system.slice/docker-${ID}.scope\n`, undefined],
    'is none for a process of the node': ['12:pids:/system.slice/sshd.service\n0::/init.scope\n', undefined],
    'is none for the kernel': ['0::/\n', undefined],
    'is none for an id that is too long': [`0::/kubepods/pod${UID}/${ID}0\n`, undefined],
    'is none for a user who only calls his service like a pod': [`0::/user.slice/pod${UID}x/${ID}\n`, undefined],
    'is none for a process that is gone': ['', undefined],
  };
  for (const [sentence, [text, expected]] of Object.entries(table)) {
    it(sentence, () => expect(podOfCgroup(text)).toEqual(expected));
  }

  it('is given back from every layout that it is written in', () => {
    fc.assert(
      fc.property(layouts, ({ uid, id, path, lines }) => {
        expect(podOfCgroup(lines(path(uid, id)))).toEqual({ pod: uid, container: id });
      }),
    );
  });

  it('never throws, whatever the text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => podOfCgroup(`0::/pod${text}\n${text}`) === undefined || true));
  });
});

const hex = (length: number) => fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
const runtimes = fc.constantFrom('', 'cri-containerd-', 'crio-', 'docker-');
const classes = fc.constantFrom('', 'burstable', 'besteffort');
const parents = fc.constantFrom('', '/kubelet', '/docker/0123', '/../..');
const tails = fc.constantFrom('', '/init.scope', '/a/b');

const cgroupfs = fc.tuple(parents, classes, runtimes, tails).map(([parent, qos, runtime, tail]) => (uid: string, id: string) => {
  return `${parent}/kubepods${qos === '' ? '' : `/${qos}`}/pod${uid}/${runtime}${id}${tail}`;
});

const systemd = fc.tuple(parents, classes, runtimes, tails).map(([parent, qos, runtime, tail]) => (uid: string, id: string) => {
  const name = ['kubepods', ...(qos === '' ? [] : [qos]), `pod${uid.replaceAll('-', '_')}`].join('-');
  return `${parent}/kubepods.slice/${name}.slice/${runtime}${id}.scope${tail}`;
});

const versions = fc.constantFrom(
  (path: string) => `0::${path}\n`,
  (path: string) => `3:cpu,cpuacct:${path}\n2:pids:${path}\n1:name=systemd:${path}\n0::/\n`,
);

const layouts = fc.record({
  uid: fc.oneof(fc.uuid(), hex(32)),
  id: hex(64),
  path: fc.oneof(cgroupfs, systemd),
  lines: versions,
});
