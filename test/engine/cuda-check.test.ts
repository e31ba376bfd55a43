import { describe, expect, it } from 'vitest'
import { type CudaFinding, checkCuda, whatIsWrong } from '../../engine/cuda-check.ts'
import { type Described, machineWith } from '../support/machine.ts'

const RUNTIME = { folder: '/app/node_modules/onnxruntime-node', version: '1.29.0' }
const BIN = `${RUNTIME.folder}/bin/napi-v6/linux/x64`
const UUID = 'GPU-8f0d3a51-6f52-9d4e-7f43-2f1c5b8d0e11'

/** What `ldd` says of the provider of 1.29.0, with these libraries missing. */
function ldd(...missing: readonly string[]): string {
  const libraries = ['libcublasLt.so.13', 'libcublas.so.13', 'libcurand.so.10', 'libcudart.so.13', 'libcuda.so.1']
  const where = (name: string) =>
    missing.includes(name) ? 'not found' : `/lib/x86_64-linux-gnu/${name} (0x00007f3343600000)`
  return `\tlinux-vdso.so.1 (0x00007f33517f7000)\n${libraries.map((name) => `\t${name} => ${where(name)}\n`).join('')}\t/lib64/ld-linux-x86-64.so.2 (0x00007f33517f9000)\n`
}

const LDCONFIG = '1187 libs found in cache\n\tlibcudnn.so.9 (libc6,x86-64) => /lib/x86_64-linux-gnu/libcudnn.so.9\n'
// The marks that are in the provider of 1.29.0, among other bytes.
const PROVIDER =
  '\x7fELF\0Replay\x001.29.0\0Failed -arch sm_75 -m 64\0-arch sm_80\0-arch sm_86\0-arch sm_89\0-arch sm_90a\0-arch sm_120a\0'
const DRIVER =
  'NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.95.05  Release Build  (dvs-builder@U22-I3-B17-02-5)\nGCC version:  gcc version 13.3.0\n'
const OLD_DRIVER =
  'NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.14  Thu Feb 22 01:44:30 UTC 2024\nGCC version:  gcc version 12.3.0\n'

const HEALTHY = {
  nvidiaSmi: `${UUID}, NVIDIA GeForce RTX 4090, 580.95.05, 24564, 23820\n`,
  computeCapability: '8.9\n',
  commands: { ldd: ldd(), ldconfig: LDCONFIG },
  files: {
    [`${BIN}/libonnxruntime_providers_cuda.so`]: PROVIDER,
    [`${BIN}/libonnxruntime_providers_shared.so`]: '\x7fELF',
    '/proc/driver/nvidia/version': DRIVER,
  },
} satisfies Described

/** The findings on a healthy machine but for this. */
function check(change: Described, deviceId?: number): Promise<readonly CudaFinding[]> {
  return checkCuda(deviceId, machineWith({ ...HEALTHY, ...change }), RUNTIME)
}

/** What it says beside what is good. */
async function wrong(change: Described, deviceId?: number): Promise<string> {
  return whatIsWrong(await check(change, deviceId))
}

it('on a healthy machine it names provider, driver, libraries and card', async () => {
  expect(await check({})).toEqual([
    {
      state: 'good',
      sentence: "ONNX Runtime's CUDA provider 1.29.0 is installed, built for CUDA 13",
      fact: { kind: 'provider', version: '1.29.0', cuda: 13 },
    },
    {
      state: 'good',
      sentence: 'the NVIDIA driver is 580.95.05',
      fact: { kind: 'driver', version: '580.95.05' },
    },
    {
      state: 'good',
      sentence: 'the libraries of CUDA 13 and cuDNN 9 are found',
      fact: { kind: 'libraries', cuda: 13 },
    },
    {
      state: 'good',
      sentence: 'cuda:0 is an NVIDIA GeForce RTX 4090 of compute capability 8.9',
      fact: { kind: 'card', deviceId: 0, name: 'NVIDIA GeForce RTX 4090', capability: 8.9 },
    },
  ])
})

describe('the provider', () => {
  it('that is missing is told with the step that brings it, and must not be loaded', async () => {
    const findings = await check({ files: {} })
    expect(findings[0]).toEqual({
      state: 'broken',
      sentence: "ONNX Runtime's CUDA provider is not installed: `npm run cuda` downloads it",
      fact: { kind: 'no-provider' },
    })
  })

  it('of another version must not be loaded: it would take the process down', async () => {
    const files = {
      ...HEALTHY.files,
      [`${BIN}/libonnxruntime_providers_cuda.so`]: PROVIDER.replace('1.29.0', '1.26.0'),
    }
    expect((await check({ files }))[0]).toEqual({
      state: 'broken',
      sentence:
        'the CUDA provider is that of ONNX Runtime 1.26.0, onnxruntime-node is 1.29.0: `npm run cuda` downloads the one that fits',
      fact: { kind: 'other-version', found: '1.26.0', wanted: '1.29.0' },
    })
  })

  it('that does not tell its version or its GPUs is given the benefit of the doubt', async () => {
    const files = { ...HEALTHY.files, [`${BIN}/libonnxruntime_providers_cuda.so`]: '\x7fELF' }
    expect(await wrong({ files })).toBe('')
  })

  it('is not made for other systems', async () => {
    expect(await wrong({ platform: 'darwin', arch: 'arm64' })).toBe(
      'onnxruntime-node has CUDA for Linux on x64 only, this is darwin on arm64: use webgpu',
    )
  })
})

describe('the driver', () => {
  it('that is missing is told with the version that is wanted', async () => {
    const { '/proc/driver/nvidia/version': _, ...files } = HEALTHY.files
    const { nvidiaSmi, computeCapability, ...without } = HEALTHY
    const findings = await checkCuda(0, machineWith({ ...without, files }), RUNTIME)
    expect(whatIsWrong(findings)).toBe(
      'no NVIDIA driver was found: install version 580 or newer; a container needs the NVIDIA Container Toolkit and `--gpus all`',
    )
  })

  it('that is too old for the CUDA of the provider is told with both versions', async () => {
    const nvidiaSmi = `${UUID}, NVIDIA GeForce RTX 4090, 550.54.14, 24564, 23820\n`
    const sentence = 'the NVIDIA driver is 550.54.14, CUDA 13 needs 580 or newer: install a newer driver'
    expect(await wrong({ nvidiaSmi })).toBe(sentence)
    const { nvidiaSmi: _, ...silent } = HEALTHY
    const files = { ...HEALTHY.files, '/proc/driver/nvidia/version': OLD_DRIVER }
    expect(whatIsWrong(await checkCuda(0, machineWith({ ...silent, files }), RUNTIME))).toBe(sentence)
  })

  it('of which nvidia-smi knows nothing was updated while it ran', async () => {
    const { nvidiaSmi, computeCapability, ...silent } = HEALTHY
    expect(whatIsWrong(await checkCuda(0, machineWith(silent), RUNTIME))).toBe(
      'the NVIDIA driver 580.95.05 is loaded, but nvidia-smi does not answer: after an update of the driver, start the machine anew',
    )
  })

  it('is enough for an older CUDA where the provider was built for that', async () => {
    const commands = { ...HEALTHY.commands, ldd: ldd().replaceAll('.so.13', '.so.12') }
    const nvidiaSmi = `${UUID}, NVIDIA GeForce RTX 4090, 550.54.14, 24564, 23820\n`
    expect(await wrong({ commands, nvidiaSmi })).toBe('')
  })
})

describe('the libraries', () => {
  it('that the loader does not find are named with the package that has them', async () => {
    const commands = { ...HEALTHY.commands, ldd: ldd('libcublas.so.13', 'libcurand.so.10', 'libcuda.so.1') }
    expect(await wrong({ commands })).toBe(
      "libcublas.so.13 and libcurand.so.10 are not found: install the libraries of CUDA 13 (NVIDIA's package cuda-libraries-13-0, or a newer one of 13)",
    )
  })

  it('cuDNN is missed though the provider loads without it', async () => {
    expect(await wrong({ commands: { ldd: ldd(), ldconfig: '12 libs found in cache\n' } })).toBe(
      "cuDNN 9 was not found, and without its convolutions no picture is decoded: install it for CUDA 13 (NVIDIA's package cudnn9-cuda-13)",
    )
  })

  it('cuDNN is found where LD_LIBRARY_PATH says', async () => {
    const change = {
      commands: { ldd: ldd() },
      env: { LD_LIBRARY_PATH: '/nowhere:/opt/cudnn/lib' },
      folders: { '/opt/cudnn/lib': ['libcudnn.so.9', 'libcudnn_graph.so.9'] },
    }
    expect(await wrong(change)).toBe('')
  })

  it('that lie where the loader does not look, as those that pip installed, are told with the way to them', async () => {
    const packages = '/usr/local/lib/python3.12/dist-packages/nvidia'
    const change = {
      commands: { ldd: ldd('libcublas.so.13'), ldconfig: '' },
      folders: {
        '/usr/local/lib': ['python3.12'],
        [packages]: ['cu13', 'cudnn'],
        [`${packages}/cu13/lib`]: ['libcublas.so.13'],
        [`${packages}/cudnn/lib`]: ['libcudnn.so.9'],
      },
    }
    expect(await wrong(change)).toBe(
      `libcublas.so.13 and libcudnn.so.9 are in ${packages}/cu13/lib and ${packages}/cudnn/lib, where the loader does not look: start with LD_LIBRARY_PATH=${packages}/cu13/lib:${packages}/cudnn/lib`,
    )
  })

  it('of a Python that is on the PATH, or of the environment that is active, are found there', async () => {
    const onPath = '/opt/torch/.venv/lib/python3.12/site-packages'
    const active = '/home/ann/env/lib/python3.11/site-packages'
    const change = {
      commands: {
        ldd: ldd('libcublas.so.13'),
        ldconfig: '',
        python3: `\n/usr/lib/python312.zip\n${onPath}\n`,
      },
      env: { VIRTUAL_ENV: '/home/ann/env' },
      folders: {
        [`${onPath}/nvidia`]: ['cudnn'],
        [`${onPath}/nvidia/cudnn/lib`]: ['libcudnn.so.9'],
        '/home/ann/env/lib': ['python3.11'],
        [`${active}/nvidia`]: ['cu13'],
        [`${active}/nvidia/cu13/lib`]: ['libcublas.so.13'],
      },
    }
    expect((await check(change)).map(({ fact }) => fact)).toContainEqual(
      expect.objectContaining({ libraryPath: `${active}/nvidia/cu13/lib:${onPath}/nvidia/cudnn/lib` }),
    )
  })

  it('that are nowhere do not hide where the others lie', async () => {
    const change = {
      commands: { ldd: ldd('libcublas.so.13', 'libcurand.so.10'), ldconfig: '' },
      folders: { '/usr/local': ['cuda-13.0'], '/usr/local/cuda-13.0/lib64': ['libcublas.so.13'] },
    }
    expect((await check(change)).filter(({ state }) => state !== 'good')).toEqual([
      {
        state: 'problem',
        sentence:
          'libcublas.so.13 is in /usr/local/cuda-13.0/lib64, where the loader does not look: start with LD_LIBRARY_PATH=/usr/local/cuda-13.0/lib64',
        fact: {
          kind: 'elsewhere',
          libraries: ['libcublas.so.13'],
          folders: ['/usr/local/cuda-13.0/lib64'],
          libraryPath: '/usr/local/cuda-13.0/lib64',
        },
      },
      {
        state: 'problem',
        sentence: expect.stringMatching(/^libcurand\.so\.10 is not found: install/),
        fact: { kind: 'no-libraries', libraries: ['libcurand.so.10'], cuda: 13 },
      },
      {
        state: 'problem',
        sentence: expect.stringMatching(/^cuDNN 9 was not found/),
        fact: { kind: 'no-cudnn', cuda: 13 },
      },
    ])
  })
})

describe('the card', () => {
  it('that is too old is told with what the provider has code for', async () => {
    const change = {
      nvidiaSmi: `${UUID}, NVIDIA GeForce GTX 1080 Ti, 580.95.05, 11264, 11011\n`,
      computeCapability: '6.1\n',
    }
    expect(await wrong(change)).toBe(
      'the NVIDIA GeForce GTX 1080 Ti has compute capability 6.1, the CUDA provider has code for 7.5, 8.0, 8.6, 8.9, 9.0 and 12.0 only: use webgpu',
    )
  })

  it('runs code for an earlier one of its kind, and not for a later one or another kind', async () => {
    const of = (computeCapability: string) => wrong({ computeCapability })
    expect(await of('8.7\n')).toBe('')
    expect(await of('10.0\n')).toContain('has compute capability 10.0')
    expect(await of('7.0\n')).toContain('has compute capability 7.0')
  })

  it('of a driver that does not know compute capabilities is named all the same', async () => {
    const { computeCapability, ...rest } = HEALTHY
    const findings = await checkCuda(0, machineWith(rest), RUNTIME)
    expect(findings.at(-1)).toMatchObject({ state: 'good', sentence: 'cuda:0 is an NVIDIA GeForce RTX 4090' })
  })

  it('of two is the one that was asked for, and a third is missed', async () => {
    const nvidiaSmi = `${HEALTHY.nvidiaSmi}GPU-1c9be7aa-0b6f-1f0a-93b5-6f5ea3f5b0c2, NVIDIA GeForce GTX 1080, 580.95.05, 8192, 8000\n`
    const two = { nvidiaSmi, computeCapability: '8.9\n6.1\n' }
    expect(await wrong(two, 0)).toBe('')
    expect(await wrong(two, 1)).toContain('the NVIDIA GeForce GTX 1080 has compute capability 6.1')
    expect(await wrong(two, 2)).toBe('there are 2 NVIDIA cards, counted from 0, and no cuda:2')
  })

  it('that CUDA_VISIBLE_DEVICES hides is missed', async () => {
    expect(await wrong({ env: { CUDA_VISIBLE_DEVICES: '' } })).toBe(
      'this process may see no NVIDIA card: CUDA_VISIBLE_DEVICES, or what started the container, hides them',
    )
  })
})
