import { join } from 'node:path'
import { type CudaFact, tellCudaFact } from './cuda-fact.ts'
import { installedRuntime, type Provider, type Runtime, readProvider } from './cuda-provider.ts'
import { type Card, readCards } from './nvidia.ts'
import { machine, type Probes } from './probes.ts'

/** One thing that CUDA needs, as it is here. */
export interface CudaFinding {
  /** `broken`: the provider is not there or must not be loaded. `problem`: it will hardly work. */
  readonly state: 'good' | 'problem' | 'broken'
  readonly fact: CudaFact
  readonly sentence: string
}

// Oldest driver for each CUDA: docs.nvidia.com/deploy/cuda-compatibility, minor version compatibility.
const OLDEST_DRIVER: Readonly<Record<number, number>> = { 12: 525, 13: 580 }
// Since ONNX Runtime 1.29 the provider loads without cuDNN, but convolutions still ask for it (microsoft/onnxruntime#29252).
const CUDNN = 'libcudnn.so.9'
const LOADED_DRIVER = '/proc/driver/nvidia/version'
// Part of the driver, not of CUDA.
const DRIVER_LIBRARY = 'libcuda.so.1'

/**
 * Looks at everything that CUDA needs: the provider of onnxruntime-node and its version, the driver, the libraries, the card.
 * Loads nothing and changes nothing. A card may be of no use although all is good, and now and then the reverse: only a trial
 * tells. What makes a trial fail is told here.
 */
export async function checkCuda(
  deviceId = 0,
  probes: Probes = machine,
  runtime = installedRuntime(),
): Promise<readonly CudaFinding[]> {
  if (probes.platform !== 'linux' || probes.arch !== 'x64')
    return [broken({ kind: 'other-system', platform: probes.platform, arch: probes.arch })]
  const [provider, cards] = await Promise.all([readProvider(runtime, probes), readCards(probes)])
  return [
    checkProvider(provider, runtime),
    await checkDriver(cards, provider?.cuda, probes),
    ...(provider ? await checkLibraries(provider, probes) : []),
    ...(cards ? [checkCard(cards, deviceId, provider?.built ?? [])] : []),
  ]
}

/** What is wrong, in one line. */
export function whatIsWrong(findings: readonly CudaFinding[]): string {
  return findings
    .filter(({ state }) => state !== 'good')
    .map(({ sentence }) => sentence)
    .join('; ')
}

function checkProvider(provider: Provider | undefined, { version }: Runtime): CudaFinding {
  if (!provider) return broken({ kind: 'no-provider' })
  const { versions, cuda } = provider
  // Loaded all the same, it would take the process down with it.
  if (versions.length > 0 && !versions.includes(version))
    return broken({ kind: 'other-version', found: versions[0] as string, wanted: version })
  return good({ kind: 'provider', version: versions.length > 0 ? version : undefined, cuda })
}

async function checkDriver(
  cards: readonly Card[] | undefined,
  cuda: number | undefined,
  probes: Probes,
): Promise<CudaFinding> {
  const oldest = cuda === undefined ? undefined : OLDEST_DRIVER[cuda]
  const loaded = /NVRM version:.*?\s(\d+\.\d+[.\d]*)\s/.exec((await probes.read(LOADED_DRIVER)) ?? '')?.[1]
  const driver = cards?.[0]?.driver ?? loaded
  if (driver === undefined)
    return cards ? good({ kind: 'driver', version: undefined }) : problem({ kind: 'no-driver', oldest })
  if (oldest !== undefined && Number.parseInt(driver, 10) < oldest)
    return problem({ kind: 'old-driver', found: driver, cuda: cuda as number, oldest })
  return cards ? good({ kind: 'driver', version: driver }) : problem({ kind: 'silent-driver', version: driver })
}

async function checkLibraries({ cuda, missing }: Provider, probes: Probes): Promise<CudaFinding[]> {
  const lacking = missing.filter((library) => library !== DRIVER_LIBRARY)
  const cudnn = (await findsCudnn(probes)) ? [] : [CUDNN]
  const wanted = [...lacking, ...cudnn]
  if (wanted.length === 0) return [good({ kind: 'libraries', cuda })]
  const folders = await libraryFolders(cuda, probes)
  const whereIs = async (library: string) => {
    for (const folder of folders) if ((await probes.list(folder)).includes(library)) return folder
    return undefined
  }
  const places = await Promise.all(wanted.map(whereIs))
  const elsewhere = wanted.filter((_, i) => places[i] !== undefined)
  const nowhere = lacking.filter((library) => !elsewhere.includes(library))
  const findings: CudaFinding[] = []
  if (elsewhere.length > 0) {
    const found = [...new Set(places.filter((place) => place !== undefined))]
    findings.push(problem({ kind: 'elsewhere', libraries: elsewhere, folders: found, libraryPath: found.join(':') }))
  }
  if (nowhere.length > 0) findings.push(problem({ kind: 'no-libraries', libraries: nowhere, cuda }))
  if (cudnn.some((library) => !elsewhere.includes(library))) findings.push(problem({ kind: 'no-cudnn', cuda }))
  return findings
}

/** As the provider will look for it: by name, where the loader looks. */
async function findsCudnn(probes: Probes): Promise<boolean> {
  if ((await probes.run('ldconfig', ['-p']))?.includes(CUDNN)) return true
  if ((await probes.run('/sbin/ldconfig', ['-p']))?.includes(CUDNN)) return true
  for (const folder of (probes.env.LD_LIBRARY_PATH ?? '').split(':').filter(Boolean))
    if ((await probes.list(folder)).includes(CUDNN)) return true
  return false
}

/** Where NVIDIA's installers, the distributions and pip put such libraries. */
async function libraryFolders(cuda: number | undefined, probes: Probes): Promise<string[]> {
  const toolkits = (await probes.list('/usr/local')).filter((name) => name.startsWith(cuda ? `cuda-${cuda}` : 'cuda'))
  const { VIRTUAL_ENV, CONDA_PREFIX, HOME = '/root' } = probes.env
  const environments = [VIRTUAL_ENV, CONDA_PREFIX].filter((root) => root !== undefined)
  const roots = ['/usr/local', '/usr', join(HOME, '.local'), '.venv', ...environments].map((root) => join(root, 'lib'))
  const pythons: string[] = []
  for (const root of roots)
    for (const python of (await probes.list(root)).filter((name) => name.startsWith('python3')))
      for (const packages of ['site-packages', 'dist-packages']) pythons.push(join(root, python, packages, 'nvidia'))
  // A Python that is on the PATH may lie anywhere.
  const paths = (await probes.run('python3', ['-c', 'import sys; print("\\n".join(sys.path))'])) ?? ''
  for (const path of paths.split('\n').filter(Boolean)) pythons.push(join(path, 'nvidia'))
  const pip: string[] = []
  for (const folder of pythons) for (const name of await probes.list(folder)) pip.push(join(folder, name, 'lib'))
  return [
    ...toolkits.flatMap((name) => [`/usr/local/${name}/lib64`, `/usr/local/${name}/targets/x86_64-linux/lib`]),
    '/opt/cuda/lib64',
    '/usr/lib/x86_64-linux-gnu',
    '/usr/lib64',
    ...pip,
  ]
}

function checkCard(cards: readonly Card[], deviceId: number, built: readonly number[]): CudaFinding {
  const card = cards[deviceId]
  if (cards.length === 0) return problem({ kind: 'no-cards' })
  if (!card) return problem({ kind: 'no-such-card', cards: cards.length, deviceId })
  const { name, computeCapability: capability } = card
  const isRight =
    capability === undefined ||
    built.length === 0 ||
    // Code for one GPU also runs on later ones of its major version.
    built.some((x) => Math.trunc(x) === Math.trunc(capability) && x <= capability)
  return isRight
    ? good({ kind: 'card', deviceId, name, capability })
    : problem({ kind: 'other-card', name, capability, built })
}

const good = (fact: CudaFact) => finding('good', fact)
const problem = (fact: CudaFact) => finding('problem', fact)
const broken = (fact: CudaFact) => finding('broken', fact)

function finding(state: CudaFinding['state'], fact: CudaFact): CudaFinding {
  return { state, sentence: tellCudaFact(fact), fact }
}
