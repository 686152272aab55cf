// The words of the API, from the generated client. Everything else imports them from here.
export type {
  Address, AddressView, Availability, AvailabilityStatus, CartLineView, CartView, Category, CategoryStep, CheckoutRequest, CodeView,
  Collection, Currency, Found as SearchAnswer, Me, Money, OrderDetail, OrderSummary, OrderView, Problem, ProductPage, ProductSummary, ProviderView as PaymentWay,
  SessionView, ShippingOptionView, Variant,
} from '@api/types.gen'
