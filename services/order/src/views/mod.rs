//! What clients see: the JSON of carts and orders, and its description.

mod cart;
#[cfg(test)]
mod carts_by_hand;
mod explanation;
mod order;
mod promotion;

pub(crate) use cart::{CartView, ShippingOptions};
pub(crate) use order::{OrderDetail, OrderList, OrderView};
pub(crate) use promotion::{PromotionList, PromotionView};
