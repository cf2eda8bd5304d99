/**
 * Finds the element for a selector. Throws if there is none, so that a broken page fails early.
 *
 * @template {Element} [E=HTMLElement]
 * @param {string} selector
 * @param {ParentNode} [within]
 * @returns {E}
 */
export function find(selector, within = document) {
  const found = within.querySelector(selector)
  if (!found) throw new Error(`The page has no ${selector}`)
  return /** @type {E} */ (/** @type {unknown} */ (found))
}

/**
 * Creates an element. `text` is never parsed as markup.
 *
 * @param {string} tag
 * @param {string} [className]
 * @param {string} [text]
 */
export function make(tag, className = '', text = '') {
  const element = document.createElement(tag)
  if (className) element.className = className
  if (text) element.textContent = text
  return element
}

/**
 * Writes text only if it differs, so that nothing is repainted or announced without need.
 *
 * @param {Element} element
 * @param {string} text
 */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text
}
