/** What a phone's lock screen shows of a push that does not ring. */
export interface PhoneNotification {
  id: number
  kind: 'message' | 'missed-call'
  title: string
  text: string
  /** Epoch ms. */
  at: number
}

/** What an alert push asks a phone to show. */
export interface ShownAlert extends Omit<PhoneNotification, 'id' | 'at'> {
  /** A later notification with the same tag replaces this one. */
  tag?: string | undefined
  /** The number on the app's icon. */
  badge?: number | undefined
}
