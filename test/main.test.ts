import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startWords } from '../src/messages/start.ts'
import { temporaryFolder } from './support/folder.ts'
import { startIn, startProgram } from './support/program.ts'

test('a mistake in the configuration is a sentence, not a stack trace', async () => {
  const { status, complained } = await startIn(temporaryFolder(), [], { DEVICE: 'abacus', MAX_STEPS: 'many' }).ended
  expect(status).toBe(1)
  expect(complained).toMatch(/DEVICE: .*\n {2}MAX_STEPS: /u)
  expect(complained).not.toMatch(/ at /u)
})

test('a model that is not there is a sentence too', async () => {
  const { status, complained } = await startIn(temporaryFolder(), ['imagine', 'a fox'], { MODEL: '/nowhere' }).ended
  expect(status).toBe(1)
  expect(complained).toMatch(/\/nowhere/u)
  expect(complained).not.toMatch(/\n {4}at /u)
})

test('so is a data folder that is none', async () => {
  const file = join(temporaryFolder(), 'file')
  writeFileSync(file, '')
  const { status, complained } = await startIn(file, ['imagine', 'a fox']).ended
  expect(status).toBe(1)
  expect(complained).toMatch(/file can't be the data folder: E\w+: .*\. Set DATA_DIR in \.env to a folder /u)
  expect(complained).not.toMatch(/\n {4}at /u)
})

test('a picture leaves nothing outside the data folder: nobody is told of it, and the runtime keeps no id', async () => {
  const home = temporaryFolder()
  const { status } = await startIn(temporaryFolder(), ['imagine', 'a fox'], { HOME: home, TMPDIR: home }).ended
  expect(status).toBe(0)
  expect(readdirSync(home)).toEqual([])
})

test('a prompt that is far too long is refused in words', async () => {
  const { status, signal, complained } = await startIn(temporaryFolder(), ['imagine', '狐'.repeat(10_000)]).ended
  expect({ status, signal }).toEqual({ status: 1, signal: null })
  expect(complained).toMatch(/2000 .* 10000/u)
})

test('a start that fails when the engine is there ends with a sentence, too', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'pictures'), '')
  const { status, signal, complained } = await startIn(folder, ['imagine', 'a fox']).ended
  expect({ status, signal }).toEqual({ status: 1, signal: null })
  expect(complained).toMatch(/^EEXIST: .*pictures'\n$/u)
})

test('a file of the model that cannot be read is named, without a stack trace', async () => {
  const folder = temporaryFolder()
  const model = join(folder, 'model')
  const file = join(model, 'vae/diffusion_pytorch_model.safetensors')
  cpSync(join(import.meta.dirname, '..', 'models', 'default'), model, { recursive: true })
  rmSync(file)
  // A socket: no file that can be opened, not even by root.
  const server = createServer().listen(file)
  await once(server, 'listening')
  const { status, complained } = await startIn(folder, ['imagine', 'a fox'], { MODEL: model }).ended
  server.close()
  expect(status).toBe(1)
  expect(complained).toBe(
    `${file}: expected a safetensors file, got ENXIO: no such device or address, open '${file}'\n`,
  )
})

test('an .env that cannot be read is a sentence, and one that can be is read', async () => {
  const [folder, data] = [temporaryFolder(), temporaryFolder()]
  mkdirSync(join(folder, '.env'))
  const { status, complained } = await startIn(data, ['doctor'], {}, folder).ended
  expect(status).toBe(1)
  expect(complained).toMatch(/ 1 problem:\n {2}\.env: EISDIR.*\n$/u)
  rmSync(join(folder, '.env'), { recursive: true })
  // With the mark that some editors put first, and as PowerShell writes it.
  for (const [ends, encoding] of [
    ['\n', 'utf8'],
    ['\r\n', 'utf16le'],
  ] as const) {
    writeFileSync(join(folder, '.env'), `\ufeffDEVICE=abacus${ends}HEALTH_PORT=many${ends}`, encoding)
    expect((await startIn(data, ['doctor'], {}, folder).ended).complained).toMatch(/ 1 problem.*\n {2}DEVICE: .*\n$/u)
  }
})

test('what .env sets and nobody reads is said, with what was probably meant, and hinders nothing', async () => {
  const folder = temporaryFolder()
  writeFileSync(
    join(folder, '.env'),
    'DISCORD_TOKN=secret\ntelegram_token=x\nHTTPS_PROXY=http://proxy\nMODEL=models/default\n',
  )
  const { status, complained } = await startIn(folder, ['doctor'], { DISCORD_TOKE: 'of the environment' }, folder).ended
  expect(status).toBe(0)
  expect(complained.split('\n')).toEqual([
    ".env: DISCORD_TOKN is no setting of zimagine's. Did you mean DISCORD_TOKEN?",
    ".env: HTTPS_PROXY is no setting of zimagine's.",
    ".env: telegram_token is no setting of zimagine's. Did you mean TELEGRAM_TOKEN?",
    '',
  ])
})

test('a setting of .env without an equals sign is a problem, and its value is not repeated', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, '.env'), '# DISCORD_TOKEN: yours\nTELEGRAM_TOKEN: marker\nMODEL＝marker\nDEVICE = cpu\n')
  const { status, complained } = await startIn(folder, ['doctor'], {}, folder).ended
  expect(status).toBe(1)
  expect(complained).toMatch(
    / 2 problems:\n {2}MODEL: expected an equals sign.*\n {2}TELEGRAM_TOKEN: expected an equals sign.*\n$/u,
  )
  expect(complained).not.toContain('marker')
})

test('started in another folder, it finds the model beside the code, and its data where it was started', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, '.env'), 'MODEL=models/default\nDATA_DIR=own\n')
  const run = (...args: string[]) => startProgram(args, { HEALTH_PORT: '0' }, folder).ended
  expect(await run('imagine', 'a fox', '--steps', '1', '--model', 'default')).toMatchObject({
    status: 0,
    complained: '',
  })
  expect(existsSync(join(folder, 'own', 'zimagine.db'))).toBe(true)
  expect((await run('models', 'list')).said).toMatch(/\/models\/default/u)
  expect(await run('imagine', 'a fox', '--steps', '1')).toMatchObject({ status: 0, complained: '' })
})

test("a desktop's LANGUAGE does not outdo that of .env", async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, '.env'), 'LANGUAGE=zh\n')
  const desktop = { LANG: 'C', LANGUAGE: 'de:fr' }
  expect(await startIn(folder, ['help'], desktop, folder).ended).toMatchObject({ said: `${startWords.zh.usage}\n` })
  const server = { LANG: 'en_US.UTF-8' }
  expect(await startIn(folder, ['help'], server, folder).ended).toMatchObject({ said: `${startWords.zh.usage}\n` })
  writeFileSync(join(folder, '.env'), 'LANGUAGE=en\n')
  const chinese = { LANG: 'zh_CN.UTF-8' }
  expect(await startIn(folder, ['help'], chinese, folder).ended).toMatchObject({ said: `${startWords.zh.usage}\n` })
})

test('a picture is made also where nobody reads what is printed any more', async () => {
  const folder = temporaryFolder()
  const { child, ended } = startIn(folder, ['imagine', 'a fox', '--steps', '1'])
  child.stdout.destroy()
  expect(await ended).toMatchObject({ status: 0, signal: null, complained: '' })
})

test('a list of models that nobody reads to its end is no error', async () => {
  const { child, ended } = startIn(temporaryFolder(), ['models', 'list'])
  child.stdout.destroy()
  expect(await ended).toMatchObject({ status: 0, complained: '' })
})

test.skipIf(!existsSync('/dev/full'))(
  'where what is printed goes to a full disk, a sentence in the language of its locale and the status say so',
  () => {
    const full = openSync('/dev/full', 'w')
    onTestFinished(() => closeSync(full))
    const { status, stderr } = spawnSync(process.execPath, ['src/main.ts', 'models', 'list'], {
      stdio: ['ignore', full, 'pipe'],
      env: { PATH: process.env.PATH!, LANG: 'zh_CN.UTF-8', DATA_DIR: temporaryFolder() },
    })
    expect(String(stderr)).toMatch(/^磁盘已满（ENOSPC: no space left on device, write）\n$/u)
    expect(status).toBe(1)
  },
)

test('the terminal speaks the language of its locale', async () => {
  const { child, ended } = startIn(temporaryFolder(), [], { LANG: 'zh_CN.UTF-8' })
  child.stdin.end()
  expect((await ended).said).toMatch(/Ctrl-C 离开.*再见/su)
})

test('so does its help, and what it says of a mistake', async () => {
  const folder = temporaryFolder()
  const env = { LANG: 'zh_CN.UTF-8', DEVICE: 'abacus' }
  expect(await startIn(folder, ['--help'], env).ended).toMatchObject({ status: 0, said: `${startWords.zh.usage}\n` })
  const refused = await startIn(folder, ['models', 'list', '--precision', 'int8'], env).ended
  expect(refused).toMatchObject({
    status: 1,
    said: '',
    complained: expect.stringMatching(/^models list 不接受 --precision/u),
  })
  const unsettled = await startIn(folder, ['doctor'], { LANG: 'zh_CN.UTF-8' }).ended
  expect(unsettled).toMatchObject({ status: 0, said: expect.stringMatching(/^没有可检查的/u) })
})

test('so does what it says of a device, a model and a folder, whichever variable tells the locale', async () => {
  const folder = temporaryFolder()
  const env = { LANG: 'C', LC_ALL: 'zh_CN.UTF-8', DEVICE: 'cpu' }
  const { said } = await startIn(folder, ['cuda', '--check'], env).ended
  expect(said).toMatch(/^([✓✗] .*\p{Script=Han}.*\n)+$/u)
  const empty = await startIn(folder, ['--model', folder], env).ended
  expect(empty).toMatchObject({ status: 1, complained: expect.stringMatching(/里没有能用的模型/u) })
  const file = join(folder, 'file')
  writeFileSync(file, '')
  const taken = await startIn(join(file, 'data'), ['imagine', '狐狸'], env).ended
  expect(taken).toMatchObject({
    status: 1,
    complained: expect.stringMatching(/不能用作数据文件夹：路径中有一段不是文件夹（ENOTDIR: .*DATA_DIR/u),
  })
})

test('a data folder is made for its owner alone', async () => {
  const folder = join(temporaryFolder(), 'data')
  await startIn(folder, ['imagine', 'a fox', '--steps', '1']).ended
  expect(statSync(folder).mode & 0o777).toBe(0o700)
})

test('the doctor ends with 0 where all is well', async () => {
  const folder = temporaryFolder()
  await startIn(folder, ['imagine', 'a fox', '--steps', '1']).ended
  const { status, said } = await startIn(folder, ['doctor']).ended
  expect(status).toBe(0)
  expect(said).toMatch(/all \d+ checks passed/u)
})
