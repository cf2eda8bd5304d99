import { find } from './element.js'

/**
 * What Alice writes to Bob.
 *
 * @param {(text: string) => Promise<boolean>} send resolves with whether it was sent
 */
export function createMessageForm(send) {
  const form = /** @type {HTMLFormElement} */ (find('#message-form'))
  const field = /** @type {HTMLInputElement} */ (find('#message'))
  form.addEventListener('submit', async event => {
    event.preventDefault()
    const text = field.value.trim()
    if (text !== '' && (await send(text)) && field.value.trim() === text) field.value = ''
  })
}
