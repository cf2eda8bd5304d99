/** What a phone's lock screen shows of a push that does not ring. */
export type PhoneNotification = {
  id: number
  kind: 'message' | 'missed-call'
  title: string
  text: string
  /** Epoch ms. */
  at: number
}

/** What an alert push asks a phone to show. */
export type Alert = Omit<PhoneNotification, 'id' | 'at'> & {
  /** A later one with the same tag takes the earlier one's place. */
  tag?: string | undefined
  /** The number on the app's icon. */
  badge?: number | undefined
}
