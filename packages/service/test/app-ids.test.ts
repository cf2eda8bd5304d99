import { expect, it } from 'vitest'
import { cometchatAppGroup, loadAppConfigs } from '../src/index.ts'

const load = (json: string) => loadAppConfigs({ RINGER_APPS: json }, {}, { app: cometchatAppGroup }).apps

it.each([
  ['a colon, by which two apps could share a key in Redis', '{"shop": {}, "shop:eu": {}}'],
  ['a name that would be dropped without a word', '{"shop": {}, "__proto__": {}}'],
  ['white space', '{"shop eu": {}}'],
])('RINGER_APPS refuses an app id with %s', (_, json) => {
  expect(() => load(json)).toThrow(/RINGER_APPS: names an app by what is no app's id/)
})

it.each(['2487f0c1a3b5d7e9', 'default', 'app-1', 'shop.eu_2', 'constructor'])('takes %s', appId => {
  expect([...load(`{"${appId}": {}}`).keys()]).toEqual([appId])
})
