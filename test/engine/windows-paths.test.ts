import { expect, it, vi } from 'vitest'
import { rootOf } from '../../engine/checkpoint/survey.ts'

vi.mock('node:path', async (original) => (await original<typeof import('node:path')>()).win32)

it("on Windows, ComfyUI's folders are found where they stand in one, and where in a drive", () => {
  expect(rootOf('C:\\ComfyUI\\models\\diffusion_models\\z')).toBe('C:\\ComfyUI\\models')
  expect(rootOf('D:\\diffusion_models')).toBe('D:\\')
  expect(rootOf('\\\\nas\\share\\diffusion_models')).toBe('\\\\nas\\share\\')
  expect(rootOf('D:\\z-image')).toBe('D:\\z-image')
})
