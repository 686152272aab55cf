import type { Translate } from './i18n'
import { ShopError } from './api/http'

/** What happened, for people, by the code that decides; in the page's language. */
export function errorText(t: Translate, error: ShopError): string {
  const key = `error.${error.code}`
  const text = t(key, { seconds: error.retryAfterSeconds ?? 30 })
  if (text !== key) return text
  return error.status === 0 || error.status >= 500 ? t('error.internal') : t('error.refused')
}

/** What is wrong with a field, by the rule that it breaks. */
export function fieldText(t: Translate, error: ShopError | null, name: string): string | undefined {
  const found = error?.problem?.errors?.find((each) => each.field === name || each.field.endsWith(`.${name}`))
  if (!found) return undefined
  const key = `rule.${found.rule}`
  const text = t(key)
  return text === key ? found.detail : text
}

export function asShopError(error: unknown): ShopError {
  return error instanceof ShopError ? error : new ShopError('internal', null, 0, null)
}
