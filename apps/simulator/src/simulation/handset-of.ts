import type { Handset } from '../phones/handset.ts'
import type { PhoneId } from '../phones/phone-state.ts'
import type { LogSource } from './create-log.ts'
import { bob } from './people.ts'
import type { Scene } from './scene.ts'

/** The phone on the page that has this id: every id is one's. */
export function handsetOf({ handsets }: Pick<Scene, 'handsets'>, phone: PhoneId): Handset {
  const found = handsets.find(({ id }) => id === phone)
  if (!found) throw new Error(`there is no phone ${phone} on the page`)
  return found
}

/** Whose line in the log it is when a phone does something by itself. */
export const sourceOf = ({ platform }: Handset): LogSource => (platform === 'ios' ? 'iPhone' : 'Android')

/** How a sentence about a push names the phone; most are about Bob's. */
export const thePhone = ({ uid, name }: Handset): string =>
  uid === bob.uid ? 'the phone' : `${name.split(' ')[0]} phone`
