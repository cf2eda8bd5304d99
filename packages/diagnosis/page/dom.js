/**
 * Finds the element that the page is written with. Throws if it is missing.
 *
 * @template {Element} [E=HTMLElement]
 * @param {string} id
 * @returns {E}
 */
export function byId(id) {
  const element = document.getElementById(id)
  if (!element) throw new Error(`The page has no element ${id}`)
  return /** @type {E} */ (/** @type {unknown} */ (element))
}

/**
 * Builds an element. Strings among the children become text, never markup. `undefined` is left out.
 *
 * @param {string} tag the name, with classes as in CSS: `li.phone`
 * @param {...(Node | string | undefined)} children
 */
export function el(tag, ...children) {
  const [name = 'div', ...classes] = tag.split('.')
  const element = document.createElement(name)
  if (classes.length > 0) element.className = classes.join(' ')
  element.append(...children.filter(child => child !== undefined))
  return element
}

/**
 * Sets attributes, and returns the element.
 *
 * @template {Element} E
 * @param {E} element
 * @param {Record<string, string>} attributes
 */
export function withAttributes(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  return element
}

/**
 * Builds an element's content anew only if what it shows has changed, so that nothing that a person reads, has selected or has
 * the focus on is replaced without need.
 *
 * @param {HTMLElement} element
 * @param {unknown} data all that the content depends on
 * @param {() => (Node | string)[]} build
 */
export function show(element, data, build) {
  const key = JSON.stringify(data)
  if (shown.get(element) === key) return
  shown.set(element, key)
  element.replaceChildren(...build())
}

/** @type {WeakMap<HTMLElement, string>} */
const shown = new WeakMap()
