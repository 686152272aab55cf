//! What clients see: the JSON of carts and orders, and its description.

mod cart;
mod order;

pub(crate) use cart::{CartView, ShippingOptions};
pub(crate) use order::{OrderDetail, OrderList, OrderView};
