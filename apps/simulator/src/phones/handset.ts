import type { PhoneId } from './phone-state.ts'

/** One of the phones on the page: whose it is, and by which tokens Apple and Google know it. */
export type Handset = {
  id: PhoneId
  name: string
  platform: 'ios' | 'android'
  /** Its user. */
  uid: string
  token: string
  /** An iPhone has a token of its own for notifications, an Android phone one for everything. */
  alertToken?: string
}
