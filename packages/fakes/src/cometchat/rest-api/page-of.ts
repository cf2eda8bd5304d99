import type { FakeAnswer } from '../../wire/judge-push.ts'
import { refusal } from './errors.ts'

/** Default 100, at most 1,000 per page. https://www.cometchat.com/docs/rest-api/groups/list */
const DEFAULT_PER_PAGE = 100
const MOST_PER_PAGE = 1_000

export type Page = { invalid: FakeAnswer } | { data: unknown[]; meta: object }

/** The page of a list that a query asks for, with CometChat's description of the whole list. */
export function pageOf<Item>(
  items: readonly Item[],
  query: URLSearchParams,
  show: (item: Item) => unknown,
): Page {
  const perPage = wholeNumber(query.get('perPage'), DEFAULT_PER_PAGE)
  const page = wholeNumber(query.get('page'), 1)
  if (perPage < 1 || perPage > MOST_PER_PAGE || page < 1)
    return { invalid: refusal('ERR_BAD_REQUEST', 'Failed to validate the data sent with the request.') }
  const shown = items.slice((page - 1) * perPage, page * perPage)
  const pagination = {
    total: items.length,
    count: shown.length,
    per_page: perPage,
    current_page: page,
    total_pages: Math.max(1, Math.ceil(items.length / perPage)),
  }
  return { data: shown.map(show), meta: { pagination } }
}

/** Returns 0, which no parameter accepts, for anything but a whole number. */
function wholeNumber(value: string | null, fallback: number): number {
  if (value === null) return fallback
  return /^\d{1,9}$/.test(value) ? Number(value) : 0
}
