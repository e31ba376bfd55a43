/** Something that CUDA needs, as it is here. Versions and numbers that could not be told are undefined. */
export type CudaFact =
  | { readonly kind: 'provider'; readonly version: string | undefined; readonly cuda: number | undefined }
  | { readonly kind: 'driver'; readonly version: string | undefined }
  | { readonly kind: 'libraries'; readonly cuda: number | undefined }
  | { readonly kind: 'card'; readonly deviceId: number; readonly name: string; readonly capability: number | undefined }
  // What is lacking
  | { readonly kind: 'other-system'; readonly platform: string; readonly arch: string }
  | { readonly kind: 'no-provider' | 'no-cards' }
  | { readonly kind: 'other-version'; readonly found: string; readonly wanted: string }
  | { readonly kind: 'no-driver'; readonly oldest: number | undefined }
  | { readonly kind: 'old-driver'; readonly found: string; readonly cuda: number; readonly oldest: number }
  /** It was updated, but what runs is the old one. */
  | { readonly kind: 'silent-driver'; readonly version: string }
  | {
      readonly kind: 'elsewhere'
      readonly libraries: readonly string[]
      readonly folders: readonly string[]
      readonly libraryPath: string
    }
  | { readonly kind: 'no-libraries'; readonly libraries: readonly string[]; readonly cuda: number | undefined }
  | { readonly kind: 'no-cudnn'; readonly cuda: number | undefined }
  | { readonly kind: 'no-such-card'; readonly cards: number; readonly deviceId: number }
  /** The provider has code for other ones. */
  | {
      readonly kind: 'other-card'
      readonly name: string
      readonly capability: number
      readonly built: readonly number[]
    }

/** What was found and, unless it is good, what to do about it. */
export function tellCudaFact(fact: CudaFact): string {
  switch (fact.kind) {
    case 'provider': {
      const { version, cuda } = fact
      return `ONNX Runtime's CUDA provider${version ? ` ${version}` : ''} is installed${cuda ? `, built for CUDA ${cuda}` : ''}`
    }
    case 'driver':
      return fact.version ? `the NVIDIA driver is ${fact.version}` : 'the NVIDIA driver answers'
    case 'libraries':
      return `the libraries of CUDA${fact.cuda ? ` ${fact.cuda}` : ''} and cuDNN 9 are found`
    case 'card': {
      const { deviceId, name, capability } = fact
      return `cuda:${deviceId} is an ${name}${capability === undefined ? '' : ` of compute capability ${capability.toFixed(1)}`}`
    }
    case 'other-system':
      return `onnxruntime-node has CUDA for Linux on x64 only, this is ${fact.platform} on ${fact.arch}: use webgpu`
    case 'no-provider':
      return "ONNX Runtime's CUDA provider is not installed: `npm run cuda` downloads it"
    case 'other-version':
      return `the CUDA provider is that of ONNX Runtime ${fact.found}, onnxruntime-node is ${fact.wanted}: \`npm run cuda\` downloads the one that fits`
    case 'no-driver': {
      const wanted = fact.oldest === undefined ? 'a current one' : `version ${fact.oldest} or newer`
      return `no NVIDIA driver was found: install ${wanted}; a container needs the NVIDIA Container Toolkit and \`--gpus all\``
    }
    case 'old-driver':
      return `the NVIDIA driver is ${fact.found}, CUDA ${fact.cuda} needs ${fact.oldest} or newer: install a newer driver`
    case 'silent-driver':
      return `the NVIDIA driver ${fact.version} is loaded, but nvidia-smi does not answer: after an update of the driver, start the machine anew`
    case 'elsewhere': {
      const { libraries, folders, libraryPath } = fact
      return `${list(libraries)} ${are(libraries)} in ${list(folders)}, where the loader does not look: start with LD_LIBRARY_PATH=${libraryPath}`
    }
    case 'no-libraries': {
      const { libraries, cuda } = fact
      const which = cuda
        ? `CUDA ${cuda} (NVIDIA's package cuda-libraries-${cuda}-0, or a newer one of ${cuda})`
        : 'CUDA'
      return `${list(libraries)} ${are(libraries)} not found: install the libraries of ${which}`
    }
    case 'no-cudnn': {
      const which = fact.cuda ? ` for CUDA ${fact.cuda} (NVIDIA's package cudnn9-cuda-${fact.cuda})` : ''
      return `cuDNN 9 was not found, and without its convolutions no picture is decoded: install it${which}`
    }
    case 'no-cards':
      return 'this process may see no NVIDIA card: CUDA_VISIBLE_DEVICES, or what started the container, hides them'
    case 'no-such-card': {
      const { cards, deviceId } = fact
      const there = cards === 1 ? 'is 1 NVIDIA card' : `are ${cards} NVIDIA cards`
      return `there ${there}, counted from 0, and no cuda:${deviceId}`
    }
    case 'other-card': {
      const { name, capability, built } = fact
      return `the ${name} has compute capability ${capability.toFixed(1)}, the CUDA provider has code for ${list(built.map((x) => x.toFixed(1)))} only: use webgpu`
    }
    default:
      return fact satisfies never
  }
}

function list(names: readonly string[]): string {
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : (names[0] ?? '')
}

function are(names: readonly string[]): string {
  return names.length === 1 ? 'is' : 'are'
}
