import type { CartView as Cart } from '@api/types.gen'

// The words of the API, from the generated client. Everything else imports them from here.
export type {
  Address, AddressView, Availability, AvailabilityStatus, CartLineView, Category, CategoryStep, CheckoutRequest, Collection,
  Found as SearchAnswer, Me, Money, OrderDetail, OrderSummary, OrderView, Problem, ProductPage, ProductSummary, SessionView,
  ShippingOptionView, Variant,
} from '@api/types.gen'

/** A code that the buyer has named, and why it does not apply, if it does not. */
export interface CodeView {
  code: string
  applied: boolean
  reason?: string
  detail?: string
}

/** Shops with promotions list the codes of a cart; where the list is missing, there are none to name. */
export type CartView = Cart & { codes?: CodeView[] }
