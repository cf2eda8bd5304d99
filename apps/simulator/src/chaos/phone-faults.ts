/** What can be broken at a phone itself. */
export interface PhoneSwitches {
  setFocus: (inFocus: boolean) => void
}

/** Actions on Bob's iPhone, by the name that requests use. */
export const phoneActs = {
  focus: (phone: PhoneSwitches) => phone.setFocus(true),
  'end-focus': (phone: PhoneSwitches) => phone.setFocus(false),
} as const

export type PhoneActName = keyof typeof phoneActs

export const isPhoneAct = (name: string): name is PhoneActName => Object.hasOwn(phoneActs, name)
