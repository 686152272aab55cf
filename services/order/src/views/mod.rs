//! What clients see: the JSON of carts and orders, and its description.

mod cart;
mod order;

pub use cart::{CartView, ShippingOptions};
pub use order::{OrderDetail, OrderList, OrderView};
