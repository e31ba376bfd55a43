import { runJson } from './json-process.ts'

/** A Python, and what it has of what the comparison needs. */
interface Python {
  readonly command: string
  /** PyTorch's version. */
  readonly torch: string
  readonly hasCuda: boolean
  readonly missing: readonly string[]
}

// The first import of PyTorch from a cold disk takes half a minute.
const LIMIT_MS = 60_000
const QUESTION = `
import importlib, json
found = {}
for name in ["torch", "diffusers", "transformers"]:
    try:
        found[name] = importlib.import_module(name)
    except Exception:
        found[name] = None
torch = found["torch"]
print(json.dumps({
    "torch": torch and torch.__version__,
    "hasCuda": torch is not None and torch.cuda.is_available(),
    "missing": [name for name, module in found.items() if module is None],
}))`

/** The best of several: with CUDA rather than without, then with the most of what is needed. `complaint`: what it lacks. */
export async function findPython(
  candidates: readonly string[],
): Promise<{ readonly python?: Python; readonly complaint?: string }> {
  const asked = await Promise.all(
    candidates.map(async (command) => ({
      command,
      ...(await runJson<Omit<Python, 'command'>>(command, ['-c', QUESTION], { limitMs: LIMIT_MS })),
    })),
  )
  const [python] = asked
    .flatMap(({ command, printed }) => (printed?.torch ? [{ command, ...printed }] : []))
    .toSorted((a, b) => Number(b.hasCuda) - Number(a.hasCuda) || a.missing.length - b.missing.length)
  if (python && python.missing.length === 0) return { python }
  const lacks = (python ? asked.filter(({ command }) => command === python.command) : asked).map(
    ({ command, printed, failure }) => `${command}: ${printed ? `no ${printed.missing.join(', no ')}` : failure}`,
  )
  return { python, complaint: lacks.join('; ') }
}
