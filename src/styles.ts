import type { Localised } from './commands/command.ts'
import type { Language } from './messages/language.ts'

/** A way to draw, put around what a person asks for. `{prompt}` is where their words go. */
interface Style {
  readonly id: string
  readonly name: Localised
  readonly template: Localised
}

export const styles = [
  {
    id: 'portrait',
    name: { en: 'Realistic portrait', zh: '写实人像' },
    template: {
      en: '{prompt}, realistic portrait photograph, natural skin texture, soft window light, shallow depth of field, 85mm',
      zh: '{prompt}，写实人像摄影，自然的皮肤质感，柔和的窗光，浅景深，85毫米镜头',
    },
  },
  {
    id: 'scene',
    name: { en: 'Complex scene', zh: '复杂场景' },
    template: {
      en: '{prompt}, a wide scene rich in detail, many figures and objects each with its place, layered depth, cinematic light',
      zh: '{prompt}，细节丰富的大场景，众多人物与物件各得其所，层次分明，电影感光线',
    },
  },
  {
    id: 'product',
    name: { en: 'Product shot', zh: '产品摄影' },
    template: {
      en: '{prompt}, studio product photograph on a seamless background, crisp edges, controlled reflections, softbox light',
      zh: '{prompt}，影棚产品摄影，无缝背景，边缘清晰，反光克制，柔光箱布光',
    },
  },
  {
    id: 'watercolour',
    name: { en: 'Watercolour', zh: '水彩' },
    template: {
      en: '{prompt}, loose watercolour painting on rough paper, wet edges, light washes, white left bare',
      zh: '{prompt}，粗纹纸上的写意水彩，湿润的边缘，淡淡的晕染，留白',
    },
  },
  {
    id: 'ink',
    name: { en: 'Ink wash', zh: '水墨' },
    template: {
      en: '{prompt}, Chinese ink wash painting, few sure brush strokes, mist, large empty space, a red seal',
      zh: '{prompt}，中国水墨画，寥寥数笔，云雾缭绕，大片留白，一方红印',
    },
  },
  {
    id: 'oil',
    name: { en: 'Oil painting', zh: '油画' },
    template: {
      en: '{prompt}, oil painting, thick visible brush strokes, warm shadows, museum light',
      zh: '{prompt}，油画，厚重可见的笔触，暖色阴影，美术馆光线',
    },
  },
  {
    id: 'anime',
    name: { en: 'Anime', zh: '动漫' },
    template: {
      en: '{prompt}, anime film still, clean line art, painted background, bright summer colours',
      zh: '{prompt}，动画电影画面，干净的线条，手绘背景，明亮的夏日色彩',
    },
  },
  {
    id: 'pixel',
    name: { en: 'Pixel art', zh: '像素画' },
    template: {
      en: '{prompt}, pixel art, 16-bit console game sprite, limited palette, hard edges',
      zh: '{prompt}，像素画，16位主机游戏风格，有限色板，硬边缘',
    },
  },
  {
    id: 'poster',
    name: { en: 'Vintage poster', zh: '复古海报' },
    template: {
      en: '{prompt}, vintage travel poster, flat shapes, bold composition, screen-print texture, four colours',
      zh: '{prompt}，复古旅行海报，平面化造型，大胆构图，丝网印刷质感，四色',
    },
  },
  {
    id: 'clay',
    name: { en: 'Clay model', zh: '黏土模型' },
    template: {
      en: '{prompt}, hand-made clay model, fingerprints in the clay, miniature set, stop-motion film',
      zh: '{prompt}，手工黏土模型，黏土上留有指纹，微缩布景，定格动画',
    },
  },
  {
    id: 'film',
    name: { en: 'Film photo', zh: '胶片照片' },
    template: {
      en: '{prompt}, 35mm film photograph, fine grain, muted colours, late afternoon light, candid',
      zh: '{prompt}，35毫米胶片照片，细腻颗粒，色彩柔和，傍晚光线，抓拍',
    },
  },
  {
    id: 'night',
    name: { en: 'Neon night', zh: '霓虹夜色' },
    template: {
      en: '{prompt}, at night in the rain, neon signs, wet reflections, blue and magenta light',
      zh: '{prompt}，雨夜，霓虹招牌，湿润的倒影，蓝色与洋红的光',
    },
  },
  {
    id: 'icon',
    name: { en: 'Glossy icon', zh: '立体图标' },
    template: {
      en: '{prompt}, glossy 3D icon, rounded shapes, simple colours, plain background',
      zh: '{prompt}，光滑的立体图标，圆润造型，简洁色彩，纯色背景',
    },
  },
] as const satisfies readonly Style[]

export type StyleId = (typeof styles)[number]['id']

export const styleIds: readonly StyleId[] = styles.map((style) => style.id)

/** The prompt as the model gets it. A prompt with Chinese in it gets the Chinese words. */
export function styledPrompt(prompt: string, id: StyleId | undefined): string {
  const style = styles.find((style) => style.id === id)
  if (!style) return prompt
  const template = /\p{Script=Han}/u.test(prompt) ? style.template.zh : style.template.en
  // A function, because `$&` in a prompt is a person's text and no pattern.
  return template.replace('{prompt}', () => prompt)
}

/** Names by id, for pickers. */
export function styleNames(language: Language): Record<StyleId, string> {
  return Object.fromEntries(styles.map(({ id, name }) => [id, name[language]])) as Record<StyleId, string>
}
