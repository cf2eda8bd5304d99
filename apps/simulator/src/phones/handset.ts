import type { PhoneId } from './phone-state.ts'

/** One of the phones on the page, with its user and the tokens by which Apple and Google know it. */
export interface Handset {
  id: PhoneId
  name: string
  platform: 'ios' | 'android'
  /** Its user's uid. */
  uid: string
  token: string
  /** An iPhone has a separate token for notifications. An Android phone has one token for everything. */
  alertToken?: string
}
