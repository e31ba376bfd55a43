import type { EngineFault } from '../../engine/engine.ts'
import type { Finding, ProgressLine, Reason } from '../models-port.ts'
import { many, UNITS } from './en-phrases.ts'
import { explainFault } from './faults.ts'
import { bar, bytes, duration, shape } from './format.ts'

const COMMAND = 'npm start -- models'

function why(reason: Reason): string {
  switch (reason.kind) {
    case 'status':
      return `it answered ${reason.status}`
    case 'network':
      return `the connection failed (${reason.code})`
    case 'silent':
      return `nothing came for ${reason.seconds} s`
    case 'short':
      return 'it closed the connection too early'
    default:
      return reason satisfies never
  }
}

/** What the `models` commands say. */
export const enModels = {
  bytes,
  progress: ({ name, progress, cells, bytesPerSecond, leftMs }: ProgressLine): string => {
    const { doneBytes, totalBytes, what } = progress
    const share = totalBytes === 0 ? 1 : doneBytes / totalBytes
    return [
      `${name} ${bar(share, cells)} ${Math.floor(share * 100)} %`,
      `${bytes(doneBytes)} of ${bytes(totalBytes)}`,
      ...(bytesPerSecond === undefined ? [] : [`${bytes(bytesPerSecond)}/s`]),
      ...(leftMs === undefined || share >= 1 ? [] : [`${duration(leftMs, UNITS)} left`]),
      ...(what ? [what] : []),
    ].join(' · ')
  },
  trouble: ({ what, reason, waitMs }: { readonly what: string; readonly reason: Reason; readonly waitMs: number }) =>
    `${what}: ${why(reason)}, trying again in ${duration(waitMs, UNITS)}`,
  got: ({ name, path }: { readonly name: string; readonly path: string }) =>
    `${name} is in ${path}. To use it: MODEL=${name} in .env, or --model ${name}.`,
  already: ({ name, path }: { readonly name: string; readonly path: string }) =>
    `${name} is already in ${path}. To make it again, first run: ${COMMAND} remove ${name}`,
  fetching: (repo: string, revision: string | undefined, totalBytes: number) =>
    `of ${bytes(totalBytes)}; continue with: ${COMMAND} get ${repo}${revision ? ` --revision ${revision}` : ''}`,
  preparing: `being prepared; continue with the same ${COMMAND} prepare`,
  complete: 'complete',
  broken: (fault: EngineFault) => `can't be read: ${explainFault(fault, 'en')}`,
  removed: (name: string, freed: number) => `${name} is removed, which freed ${bytes(freed)}.`,
  stopped: (command: string | undefined) =>
    command ? `Stopped. What is done is kept; continue with: ${command}` : 'Stopped.',
  sound: (path: string) => `${path} is sound.`,
  unsound: (path: string) => `${path} can't be used as it is.`,
  part: (name: string, tensors: number, size: number) => `${name}: ${many(tensors, 'tensor')}, ${bytes(size)}`,
  finding: (finding: Finding): string => {
    switch (finding.kind) {
      case 'missing':
        return `${finding.tensor} ${shape(finding.expected)} is missing`
      case 'extra':
        return `${finding.tensor} ${shape(finding.found)} is not part of the model (${finding.file})`
      case 'shape':
        return `${finding.tensor}: expected ${shape(finding.expected)}, got ${shape(finding.found)} (${finding.file})`
      case 'type':
        return `${finding.tensor}: ${finding.found} is not supported (${finding.file})`
      case 'not-finite':
        return `${finding.tensor}: ${many(finding.count, 'value')} infinite or not a number (${finding.file})`
      case 'fault':
        return explainFault(finding, 'en')
      default:
        return finding satisfies never
    }
  },

  fault: (fault: EngineFault): string => explainFault(fault, 'en'),

  problems: {
    'unknown-name': ({ given, known }: { readonly given: string; readonly known: readonly string[] }) =>
      `Expected ${known.join(', ')}, or a repository on the hub as owner/name, got "${given}".`,
    exists: ({ path, repo }: { readonly path: string; readonly repo: string | undefined }) =>
      `${path} is already there${repo ? `, from ${repo}` : ''}. Remove it first (${COMMAND} remove) to get another one.`,
    unusable: ({ name, path, repo, fault }: Unusable) =>
      `${path} is there, from ${repo}, but can't be used: ${explainFault(fault, 'en')}. To get it again, first run: ${COMMAND} remove ${name}`,
    busy: ({ path }: { readonly path: string }) => `Another models command is running in ${path}.`,
    unreachable: ({ host, reason }: { readonly host: string; readonly reason: Reason }) =>
      `${host} can't be reached: ${why(reason)}. What was downloaded is kept; run the same command to continue. HF_ENDPOINT can name a mirror.`,
    'no-repository': ({ repo, host, hasToken }: AtHub) =>
      `${host} has no repository ${repo}, or it is private${hasToken ? ' and closed to this HF_TOKEN' : ': if so, put a token into HF_TOKEN'}.`,
    'no-revision': ({ repo, revision }: { readonly repo: string; readonly revision: string }) =>
      `${repo} has no revision ${revision}.`,
    gated: ({ repo, host, hasToken }: AtHub) =>
      `${repo} has terms to accept first: do so on ${host}${hasToken ? ' with the account of this HF_TOKEN' : ', and put your token into HF_TOKEN'}.`,
    'bad-token': ({ host }: { readonly host: string }) => `${host} doesn't accept this HF_TOKEN.`,
    refused: ({ host, status }: { readonly host: string; readonly status: number }) =>
      `${host} refused the request (status ${status}).`,
    'not-a-hub': ({ host, what }: { readonly host: string; readonly what: string }) =>
      `${host} doesn't answer like a hub: ${what}.`,
    'web-page': ({ host, file }: { readonly host: string; readonly file: string }) =>
      `${host} answers with a web page instead of ${file}: is there a proxy, or a page to log in, on the way?`,
    'not-z-image': ({ repo, missing }: { readonly repo: string; readonly missing: string }) =>
      `${repo} is not a Z-Image in the released layout: it has no ${missing}.`,
    'other-architecture': ({ repo, what }: { readonly repo: string; readonly what: string }) =>
      `${repo} is not a Z-Image that this program can draw with: ${what}`,
    'no-disk': ({ path, needBytes, freeBytes }: NoDisk) =>
      `Not enough disk space for ${path}: ${bytes(needBytes)} needed, ${bytes(freeBytes)} free. Make room, then run the same command to continue.`,
    'wrong-size': ({
      file,
      expected,
      got,
    }: {
      readonly file: string
      readonly expected: number
      readonly got: number
    }) => `${file}: the listing says ${expected} bytes, the server sends ${got}.`,
    damaged: ({ file, expected, got }: { readonly file: string; readonly expected: string; readonly got: string }) =>
      `${file} arrived damaged twice: expected the hash ${expected}, got ${got}. Run the same command to download it again.`,
    'no-such-model': ({ given, known }: { readonly given: string; readonly known: readonly string[] }) =>
      `There is no model ${given}${known.length > 0 ? `; you have ${known.join(', ')}` : ''}.`,
    unfinished: ({ given }: { readonly given: string }) =>
      `${given} is not complete yet. How to continue: ${COMMAND} list`,
    outside: ({ path, folder }: { readonly path: string; readonly folder: string }) =>
      `${path} is not a folder in ${folder}, and only those can be removed.`,
    'in-use': ({ path }: { readonly path: string }) =>
      `${path} is in use: MODEL points at it. Point it at another model first.`,
    running: ({ path }: { readonly path: string }) => `${path} is in use: zimagine is running with it. Stop it first.`,
  },
}

interface AtHub {
  readonly repo: string
  readonly host: string
  readonly hasToken: boolean
}

interface Unusable {
  readonly name: string
  readonly path: string
  readonly repo: string
  readonly fault: EngineFault
}

interface NoDisk {
  readonly path: string
  readonly needBytes: number
  readonly freeBytes: number
}
