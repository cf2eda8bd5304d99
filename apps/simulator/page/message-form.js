import { find } from './element.js'

/**
 * The form in which Alice writes to Bob.
 *
 * @param {(text: string) => Promise<boolean>} send resolves with true if the message was sent
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
