import type { PhoneId } from './handset-state.ts'
import type { PhoneNotification, ShownAlert } from './phone-notification.ts'

/** How many notifications fit on a lock screen. */
const MAX_SHOWN = 3

interface Tray {
  shown: (PhoneNotification & { tag?: string | undefined })[]
  badge?: number | undefined
}

/** The notifications on the phones' lock screens. */
export interface Trays {
  show: (phone: PhoneId, alert: ShownAlert) => void
  /** The newest comes first. */
  shown: (phone: PhoneId) => PhoneNotification[]
  /** The number on the app's icon: that of the last push with a number. */
  badge: (phone: PhoneId) => number | undefined
  /** Removes a notification. Returns its tag, if the phone showed it and it has one. */
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
        shown: [{ ...alert, id: lastId, at: deps.clock() }, ...others].slice(0, MAX_SHOWN),
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
