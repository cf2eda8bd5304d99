// The search of the documentation. It loads its index, about as large as a picture, when somebody first looks for something.
const root = new URL('.', document.currentScript.src)
const field = document.getElementById('search')
const results = document.getElementById('results')
const MOST = 10

let searching

/** Loads a script of the site. A page that was opened from a disk may load scripts, but not fetch. */
const load = name =>
  new Promise((resolve, reject) => {
    const script = document.createElement('script')
    script.src = new URL(name, root).href
    script.onload = resolve
    script.onerror = reject
    document.head.append(script)
  })

function prepare() {
  searching ??= Promise.all([load('minisearch.js'), load('search-index.js')]).then(() => {
    const { options, index } = window.ringerSearch
    return window.MiniSearch.loadJS(index, options)
  })
  return searching
}

async function search() {
  const wanted = field.value.trim()
  const index = await prepare()
  if (wanted !== field.value.trim()) return
  const found = index.search(wanted, {
    prefix: true,
    fuzzy: term => (term.length > 5 ? 0.2 : false),
    boost: { title: 2, heading: 3 },
    combineWith: 'AND',
  })
  results.replaceChildren(...found.slice(0, MOST).map(resultOf))
  if (wanted !== '' && found.length === 0) results.append(nothing())
  results.hidden = wanted === ''
}

function resultOf({ id, title, heading }) {
  const link = document.createElement('a')
  link.href = new URL(id, root).href
  link.textContent = heading
  link.addEventListener('click', close)
  if (heading !== title) {
    const page = document.createElement('small')
    page.textContent = title
    link.append(' ', page)
  }
  const item = document.createElement('li')
  item.append(link)
  return item
}

function nothing() {
  const item = document.createElement('li')
  item.textContent = 'Nothing found.'
  return item
}

function close() {
  results.hidden = true
}

field.addEventListener('focus', () => void prepare())
field.addEventListener('input', () => void search())
field.addEventListener('keydown', event => {
  if (event.key === 'Enter') results.querySelector('a')?.click()
})
document.addEventListener('keydown', event => {
  if (event.key === 'Escape') close()
  if (event.key !== '/' || event.target === field) return
  event.preventDefault()
  field.focus()
})
document.addEventListener('click', event => {
  if (!event.target.closest('[role=search]')) close()
})
