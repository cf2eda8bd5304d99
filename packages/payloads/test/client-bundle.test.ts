import { fileURLToPath } from 'node:url'
import { createContext, runInContext } from 'node:vm'
import { parseIncomingCall } from '@ringer/payloads/client'
import { build } from 'esbuild'
import { expect, it } from 'vitest'
import { buildApnsRing } from '../../providers/src/apns/payloads/build-ring.ts'
import { buildFcmRing } from '../../providers/src/fcm/payloads/build-ring.ts'
import { buildFcmStop } from '../../providers/src/fcm/payloads/build-stop.ts'
import { ringEvent } from './ring-events.ts'
import { SENT_AT } from './webhooks.ts'

const { metafile, outputFiles } = await build({
  entryPoints: [fileURLToPath(import.meta.resolve('@ringer/payloads/client'))],
  bundle: true,
  minify: true,
  format: 'iife',
  globalName: 'ringer',
  target: 'es2019',
  platform: 'neutral',
  metafile: true,
  write: false,
})
const bundle = outputFiles[0]?.text ?? ''

it('the client parser is one small file that imports nothing', () => {
  expect(Buffer.byteLength(bundle)).toBeLessThan(3_000)
  const [output] = Object.values(metafile.outputs)
  expect(output?.imports).toEqual([])
  expect(Object.keys(metafile.inputs)).toEqual([expect.stringMatching(/src\/client\/incoming-call\.ts$/)])
})

it.each<[string, object]>([
  ['the VoIP push of a ring', buildApnsRing(ringEvent(), SENT_AT)],
  ['the data message of a ring', buildFcmRing(ringEvent(), SENT_AT, 'incoming_call')],
  ['the data message of a stop', buildFcmStop(ringEvent(), SENT_AT, 'call', 'ongoing')],
  ['a push without a uuid', { type: 'call', sessionId: 'v1.us.xyz' }],
])('the client parser reads %s in a JavaScript engine without Node or browser APIs', (_, push) => {
  const context = createContext(Object.create(null))
  expect(runInContext('typeof process + typeof Buffer + typeof TextEncoder + typeof crypto', context)).toBe(
    'undefined'.repeat(4),
  )
  runInContext(bundle, context)
  const read = `JSON.stringify(ringer.parseIncomingCall(JSON.parse(${JSON.stringify(JSON.stringify(push))})))`
  expect(JSON.parse(runInContext(read, context))).toEqual(parseIncomingCall(push))
  expect(parseIncomingCall(push)).toBeDefined()
})
