import { fileURLToPath } from 'node:url'
import { createContext, runInContext } from 'node:vm'
import { parseIncomingCall } from '@ringer/client'
import { build } from 'esbuild'
import { expect, it } from 'vitest'
import { ringEvent } from '../../payloads/test/ring-events.ts'
import { SENT_AT } from '../../payloads/test/webhooks.ts'
import { buildApnsRing } from '../../providers/src/apns/payloads/build-ring.ts'
import { buildFcmRing } from '../../providers/src/fcm/payloads/build-ring.ts'
import { buildFcmStop } from '../../providers/src/fcm/payloads/build-stop.ts'

const bundleAs = (format: 'esm' | 'iife') =>
  build({
    entryPoints: [fileURLToPath(import.meta.resolve('@ringer/client'))],
    bundle: true,
    minify: true,
    format,
    globalName: 'ringer',
    target: 'es2019',
    platform: 'neutral',
    metafile: true,
    write: false,
  })
const bundle = (await bundleAs('iife')).outputFiles[0]?.text ?? ''

it('the client is one small file that imports nothing', async () => {
  const { metafile, outputFiles } = await bundleAs('esm')
  expect(outputFiles[0]?.contents.byteLength).toBeLessThan(3_000)
  const [output] = Object.values(metafile.outputs)
  expect(output?.imports).toEqual([])
  expect(Object.keys(metafile.inputs)).toEqual([expect.stringMatching(/client\/src\/incoming-call\.ts$/)])
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

it('the client gives a question up in an engine whose fetch does not stop at an abort, as in some versions of React Native', async () => {
  const fetch = () => new Promise(() => {})
  const context = createContext({ fetch, AbortController, setTimeout, clearTimeout })
  runInContext(bundle, context)
  const ask = `ringer.askState({ stateUrl: 'https://ringer.example.com/r/x' }, { timeoutMs: 20 })`
  expect({ ...(await runInContext(ask, context)) }).toEqual({ action: 'unknown' })
})
