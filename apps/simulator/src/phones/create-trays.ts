import type { Alert, PhoneNotification } from './phone-notification.ts'
import type { PhoneId } from './phone-state.ts'

/** A lock screen has room for no more. */
const shownAtMost = 3

type Tray = { shown: (PhoneNotification & { tag?: string | undefined })[]; badge?: number | undefined }

export type Trays = {
  show: (phone: PhoneId, alert: Alert) => void
  /** The newest first. */
  shown: (phone: PhoneId) => PhoneNotification[]
  /** The number on the app's icon, as the last push that named one has it. */
  badge: (phone: PhoneId) => number | undefined
  /** Returns its tag, if the phone showed it and it had one. */
  dismiss: (phone: PhoneId, id: number) => string | undefined
}

/** Holds what the phones' lock screens show. */
export function createTrays(deps: { clock: () => number }): Trays {
  const trays = new Map<PhoneId, Tray>()
  let lastId = 0
  const trayOf = (phone: PhoneId): Tray => trays.get(phone) ?? { shown: [] }

  return {
    show: (phone, { badge, ...alert }) => {
      lastId += 1
      const tray = trayOf(phone)
      const others = tray.shown.filter(({ tag }) => tag === undefined || tag !== alert.tag)
      trays.set(phone, {
        shown: [{ ...alert, id: lastId, at: deps.clock() }, ...others].slice(0, shownAtMost),
        badge: badge ?? tray.badge,
      })
    },
    shown: phone => trayOf(phone).shown.map(({ tag, ...notification }) => notification),
    badge: phone => trayOf(phone).badge,
    dismiss: (phone, id) => {
      const tray = trayOf(phone)
      trays.set(phone, { ...tray, shown: tray.shown.filter(notification => notification.id !== id) })
      return tray.shown.find(notification => notification.id === id)?.tag
    },
  }
}
