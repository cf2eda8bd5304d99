import type { Locator, Page } from 'playwright-core'

/** How somebody uses the page. */
export interface Hand {
  /** Presses a button, or whatever takes a click. */
  press: (what: Locator) => Promise<void>
  /** Selects a radio button. */
  choose: (what: Locator) => Promise<void>
  /** Replaces the text of a field. */
  write: (field: Locator, text: string) => Promise<void>
}

export const mouse: Hand = {
  press: what => what.click(),
  choose: what => what.check(),
  write: (field, text) => field.fill(text),
}

/** Uses nothing but the keyboard, and reaches everything with Tab as a person has to. */
export const keyboard: Hand = {
  async press(what) {
    await tabTo(what)
    await what.page().keyboard.press('Enter')
  },
  async choose(what) {
    // Tab reaches the selected one of a group of radio buttons; arrows select the others.
    const name = await what.getAttribute('name')
    await tabTo(what.page().locator(`input[name="${name}"]:checked`))
    for (let presses = 0; !(await what.isChecked()); presses += 1) {
      if (presses > MOST_TABS) throw new Error(`the arrow keys do not reach ${what}`)
      await what.page().keyboard.press('ArrowRight')
    }
  },
  async write(field, text) {
    await tabTo(field)
    await field.page().keyboard.press('Control+A')
    await field.page().keyboard.type(text)
  },
}

const MOST_TABS = 100

/** Presses Tab until the focus is there. */
async function tabTo(what: Locator): Promise<void> {
  await what.waitFor()
  for (let presses = 0; !(await hasFocus(what)); presses += 1) {
    if (presses > MOST_TABS)
      throw new Error(`Tab does not reach ${what}; the focus is on ${await focus(what.page())}`)
    await what.page().keyboard.press('Tab')
  }
}

const hasFocus = (what: Locator) => what.evaluate(element => element === element.ownerDocument.activeElement)

const focus = (page: Page) =>
  page
    .locator(':focus')
    .first()
    .evaluate(({ outerHTML }) => outerHTML)
