import { askForPicture } from './ask-for-picture.ts'
import { defineCommand } from './define.ts'
import { drawingOf, drawingParams } from './drawing.ts'
import { defaultsOf } from './own-defaults.ts'

export const imagine = defineCommand({
  name: 'imagine',
  params: drawingParams,
  access: 'everyone',
  run(call, args) {
    const { engine, ids } = call.services
    return askForPicture(call, drawingOf(args, engine.profile, defaultsOf(call), ids.seed))
  },
})
