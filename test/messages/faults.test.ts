import { expect, it } from 'vitest'
import type { CudaFact, EngineErrorCode, EngineFault, Situation } from '../../engine/engine.ts'
import { explainFault } from '../../src/messages/faults.ts'
import { zhCudaFact, zhSituation } from '../../src/messages/zh-faults.ts'

const path = 'models/x.safetensors'
const situations: Readonly<Record<Situation['kind'], readonly Situation[]>> = {
  'no-such-path': [{ kind: 'no-such-path', path }],
  'hub-cache': [{ kind: 'hub-cache', path }],
  'one-shard': [{ kind: 'one-shard', path }],
  'lfs-pointer': [{ kind: 'lfs-pointer', path }],
  'cut-off': [{ kind: 'cut-off', path }],
  gguf: [{ kind: 'gguf', path }],
  quantised: [{ kind: 'quantised', path }],
  lora: [{ kind: 'lora', path }],
  'reads-pictures': [{ kind: 'reads-pictures', path }],
  'no-model': [
    { kind: 'no-model', path, passed: [] },
    { kind: 'no-model', path, passed: [{ reason: 'y', situation: { kind: 'lora', path: 'y' } }, { reason: 'z' }] },
  ],
  several: [
    { kind: 'several', part: 'transformer', path, found: ['y', 'z'] },
    { kind: 'several', part: 'vae', path, found: ['y', 'z'] },
  ],
  'no-part': [{ kind: 'no-part', part: 'textEncoder', path, root: 'models', passed: [] }],
  'prepared-already': [{ kind: 'prepared-already', path, precision: 'int8' }],
  changed: [{ kind: 'changed', path }],
  'no-cuda': [{ kind: 'no-cuda', lacks: [{ kind: 'no-provider' }, { kind: 'no-cards' }] }],
  'no-webgpu': [{ kind: 'no-webgpu' }],
  'no-visual-c': [{ kind: 'no-visual-c' }],
  'no-memory': [
    { kind: 'no-memory', model: 'm', device: 'cpu', edgePx: 64, needBytes: 2e9, freeBytes: 1e9 },
    {
      kind: 'no-memory',
      model: 'm',
      device: 'cuda',
      edgePx: 64,
      needBytes: 2e9,
      freeBytes: undefined,
      host: { needBytes: 1e9, freeBytes: 1e8 },
    },
  ],
  'no-engine': [{ kind: 'no-engine', engines: [{ name: 'cuda:0', fault: { code: 'failed', message: 'x' } }] }],
}

const facts: Readonly<Record<CudaFact['kind'], readonly CudaFact[]>> = {
  provider: [
    { kind: 'provider', version: '1.29.0', cuda: 13 },
    { kind: 'provider', version: undefined, cuda: undefined },
  ],
  driver: [
    { kind: 'driver', version: '580.1' },
    { kind: 'driver', version: undefined },
  ],
  libraries: [
    { kind: 'libraries', cuda: 13 },
    { kind: 'libraries', cuda: undefined },
  ],
  card: [
    { kind: 'card', deviceId: 0, name: 'NVIDIA X', capability: 8.9 },
    { kind: 'card', deviceId: 0, name: 'NVIDIA X', capability: undefined },
  ],
  'other-system': [{ kind: 'other-system', platform: 'darwin', arch: 'arm64' }],
  'no-provider': [{ kind: 'no-provider' }],
  'no-cards': [{ kind: 'no-cards' }],
  'other-version': [{ kind: 'other-version', found: '1.26.0', wanted: '1.29.0' }],
  'no-driver': [
    { kind: 'no-driver', oldest: 580 },
    { kind: 'no-driver', oldest: undefined },
  ],
  'old-driver': [{ kind: 'old-driver', found: '550.1', cuda: 13, oldest: 580 }],
  'silent-driver': [{ kind: 'silent-driver', version: '580.1' }],
  elsewhere: [{ kind: 'elsewhere', libraries: ['a.so', 'b.so'], folders: ['/x', '/y'], libraryPath: '/x:/y' }],
  'no-libraries': [
    { kind: 'no-libraries', libraries: ['a.so'], cuda: 13 },
    { kind: 'no-libraries', libraries: ['a.so'], cuda: undefined },
  ],
  'no-cudnn': [
    { kind: 'no-cudnn', cuda: 13 },
    { kind: 'no-cudnn', cuda: undefined },
  ],
  'no-such-card': [{ kind: 'no-such-card', cards: 2, deviceId: 3 }],
  'other-card': [{ kind: 'other-card', name: 'NVIDIA X', capability: 6.1, built: [7.5, 8] }],
}

const codes: Readonly<Record<EngineErrorCode, true>> = {
  'bad-request': true,
  busy: true,
  cancelled: true,
  closed: true,
  crashed: true,
  'checkpoint-missing': true,
  'checkpoint-corrupt': true,
  'unknown-architecture': true,
  'no-device': true,
  'not-a-number': true,
  'out-of-memory': true,
  failed: true,
}

it('whatever is the matter with the engine or a model has its own sentence in Chinese, and no value is missing from it', () => {
  const said = [
    ...Object.values(situations).flat().map(zhSituation),
    ...Object.values(facts).flat().map(zhCudaFact),
    ...Object.keys(codes).map((code) => explainFault({ code: code as EngineErrorCode, message: 'libx said no' }, 'zh')),
  ]
  for (const sentence of said) {
    expect(sentence).toMatch(/\p{Script=Han}/u)
    expect(sentence).not.toMatch(/undefined|NaN|object|。。|： | {2}(?!\S+：)|。$.+/u)
    // Chinese and Latin words stand apart.
    expect(sentence).not.toMatch(/\p{Script=Han}[a-z0-9]|[a-z0-9]\p{Script=Han}/iu)
  }
  expect(new Set(said).size).toBe(said.length)
})

it('what has no sentence of its own keeps its message, after what it means', () => {
  const fault: EngineFault = { code: 'checkpoint-corrupt', message: 'vae.weight: expected [1], got [2]' }
  expect(explainFault(fault, 'zh')).toMatch(/^模型文件有问题，.+：vae\.weight: expected \[1\], got \[2\]$/u)
})

it('in English the message says all, without the stack of what nobody can mend in the code', () => {
  const message = 'Error: EACCES: permission denied, open x\n    at open (node:fs)\n    at y'
  expect(explainFault({ code: 'failed', message }, 'en')).toBe('EACCES: permission denied, open x')
  expect(explainFault({ code: 'failed', message, situation: { kind: 'gguf', path } }, 'en')).toBe(
    'EACCES: permission denied, open x',
  )
})
