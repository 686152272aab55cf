//! A cart: editable until it is paid for. Its version tells two edits of the same cart apart.

use serde::{Deserialize, Serialize};
use souk_contract::Address;
use souk_types::{CartId, Currency, LineId, OrderId, Timestamp, UserId, VariantId};

use super::pricing::normalize;

pub const LINES_MAX: usize = 100;
pub const QUANTITY_MAX: u32 = 999;
pub const CODES_MAX: usize = 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CartState {
    Open,
    /// An order is being placed from it; it opens again if that fails.
    Locked,
    /// It became an order.
    Spent,
    /// Its lines went into another cart.
    Merged,
}

impl CartState {
    pub const fn as_str(self) -> &'static str {
        match self {
            CartState::Open => "open",
            CartState::Locked => "locked",
            CartState::Spent => "spent",
            CartState::Merged => "merged",
        }
    }
}

impl std::str::FromStr for CartState {
    type Err = ();

    fn from_str(text: &str) -> Result<CartState, ()> {
        [CartState::Open, CartState::Locked, CartState::Spent, CartState::Merged]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or(())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CartLine {
    pub id: LineId,
    pub variant: VariantId,
    pub quantity: u32,
}

/// Who gets it and how.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping_address: Option<Address>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping_method: Option<String>,
    /// Codes of promotions, in capital letters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cart {
    pub id: CartId,
    /// `None`: whoever knows the id may use it.
    pub user: Option<UserId>,
    pub state: CartState,
    pub version: i64,
    pub currency: Currency,
    /// Each variant stands in one line at most.
    pub lines: Vec<CartLine>,
    pub details: Details,
    /// The order that was, or is being, placed from it.
    pub order: Option<OrderId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Which rule of carts an edit breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CartError {
    #[error("the cart is at version {current}")]
    VersionStale { current: i64 },
    #[error("the cart is being paid for")]
    InCheckout,
    #[error("the cart became an order")]
    Spent,
    #[error("the cart has no such code")]
    NoSuchCode,
    #[error("a cart has {CODES_MAX} codes at most")]
    TooManyCodes,
    #[error("the cart has no such line")]
    NoSuchLine,
    #[error("a cart has {LINES_MAX} lines at most")]
    TooManyLines,
    #[error("a line has a quantity from 1 to {QUANTITY_MAX}")]
    QuantityOutOfRange,
}

impl Cart {
    pub fn new(id: CartId, user: Option<UserId>, currency: Currency, now: Timestamp) -> Cart {
        Cart {
            id,
            user,
            state: CartState::Open,
            version: 1,
            currency,
            lines: Vec::new(),
            details: Details::default(),
            order: None,
            created_at: now,
            updated_at: now,
        }
    }

    /// Whether `user` may see and use it; a cart without an owner is opened by its id.
    pub fn is_open_to(&self, user: Option<UserId>) -> bool {
        self.user.is_none() || self.user == user
    }

    /// Whether it may be edited by somebody who has seen `version`, if that was stated.
    pub fn check_editable(&self, version: Option<i64>) -> Result<(), CartError> {
        match self.state {
            CartState::Open => {}
            CartState::Locked => return Err(CartError::InCheckout),
            CartState::Spent | CartState::Merged => return Err(CartError::Spent),
        }
        match version {
            Some(version) if version != self.version => {
                Err(CartError::VersionStale { current: self.version })
            }
            _ => Ok(()),
        }
    }

    /// Adds to the line of the variant; `id` names the line if there is none yet.
    pub fn add(&mut self, id: LineId, variant: VariantId, quantity: u32) -> Result<LineId, CartError> {
        if let Some(line) = self.lines.iter_mut().find(|line| line.variant == variant) {
            line.quantity = in_range(line.quantity.saturating_add(quantity))?;
            return Ok(line.id);
        }
        if self.lines.len() >= LINES_MAX {
            return Err(CartError::TooManyLines);
        }
        self.lines.push(CartLine { id, variant, quantity: in_range(quantity)? });
        Ok(id)
    }

    pub fn set_quantity(&mut self, id: LineId, quantity: u32) -> Result<(), CartError> {
        let quantity = in_range(quantity)?;
        let line = self.lines.iter_mut().find(|line| line.id == id).ok_or(CartError::NoSuchLine)?;
        line.quantity = quantity;
        Ok(())
    }

    pub fn remove(&mut self, id: LineId) -> Result<(), CartError> {
        let at = self.lines.iter().position(|line| line.id == id).ok_or(CartError::NoSuchLine)?;
        self.lines.remove(at);
        Ok(())
    }

    /// Takes over what is stated; what is absent stays.
    pub fn set_details(&mut self, stated: Details) {
        let Details { email, shipping_address, shipping_method, codes: _ } = stated;
        let kept = &mut self.details;
        kept.email = email.or_else(|| kept.email.take());
        kept.shipping_address = shipping_address.or_else(|| kept.shipping_address.take());
        kept.shipping_method = shipping_method.or_else(|| kept.shipping_method.take());
    }

    /// A code that is there already changes nothing.
    pub fn add_code(&mut self, code: &str) -> Result<(), CartError> {
        let code = normalize(code);
        let codes = &mut self.details.codes;
        if codes.contains(&code) {
            return Ok(());
        }
        if codes.len() >= CODES_MAX {
            return Err(CartError::TooManyCodes);
        }
        codes.push(code);
        Ok(())
    }

    pub fn remove_code(&mut self, code: &str) -> Result<(), CartError> {
        let code = normalize(code);
        let at = self.details.codes.iter().position(|known| *known == code).ok_or(CartError::NoSuchCode)?;
        self.details.codes.remove(at);
        Ok(())
    }

    /// Takes a guest's cart in at sign-in: quantities add up, capped, and this cart's own details win. Lines that
    /// do not fit stay behind, the last ones first.
    pub fn merge(&mut self, guest: &Cart) {
        for other in &guest.lines {
            if let Some(line) = self.lines.iter_mut().find(|line| line.variant == other.variant) {
                line.quantity = line.quantity.saturating_add(other.quantity).min(QUANTITY_MAX);
            } else if self.lines.len() < LINES_MAX {
                self.lines.push(*other);
            }
        }
        let own = std::mem::replace(&mut self.details, guest.details.clone());
        let guests = std::mem::replace(&mut self.details.codes, own.codes.clone());
        self.set_details(own);
        for code in guests {
            // What does not fit stays behind, as lines do.
            let _ = self.add_code(&code);
        }
    }
}

fn in_range(quantity: u32) -> Result<u32, CartError> {
    if (1..=QUANTITY_MAX).contains(&quantity) { Ok(quantity) } else { Err(CartError::QuantityOutOfRange) }
}

#[cfg(test)]
mod tests {
    use souk_types::Chance;

    use super::*;

    fn cart() -> Cart {
        Cart::new(CartId::secret(&Chance::seeded(1)), None, Currency::EUR, Timestamp(0))
    }

    fn ids() -> impl FnMut() -> (LineId, VariantId) {
        let chance = Chance::seeded(2);
        move || (LineId::new(&chance, Timestamp(0)), VariantId::new(&chance, Timestamp(0)))
    }

    #[test]
    fn the_same_variant_stands_in_one_line() {
        let (mut cart, mut next) = (cart(), ids());
        let ((first, variant), (second, _)) = (next(), next());
        assert_eq!(cart.add(first, variant, 2), Ok(first));
        assert_eq!(cart.add(second, variant, 3), Ok(first));
        assert_eq!(cart.lines, [CartLine { id: first, variant, quantity: 5 }]);
        assert_eq!(cart.add(second, variant, 995), Err(CartError::QuantityOutOfRange));
        assert_eq!(cart.lines[0].quantity, 5);
    }

    #[test]
    fn a_cart_has_a_hundred_lines_at_most() {
        let (mut cart, mut next) = (cart(), ids());
        for _ in 0..LINES_MAX {
            let (line, variant) = next();
            cart.add(line, variant, 1).expect("fits");
        }
        let (line, variant) = next();
        assert_eq!(cart.add(line, variant, 1), Err(CartError::TooManyLines));
    }

    #[test]
    fn at_sign_in_quantities_add_up_and_are_capped() {
        let (mut own, mut guest, mut next) = (cart(), cart(), ids());
        let ((a, shirt), (b, hat)) = (next(), next());
        own.add(a, shirt, 998).expect("fits");
        own.details.email = Some("ada@example.com".to_owned());
        guest.add(a, shirt, 5).expect("fits");
        guest.add(b, hat, 1).expect("fits");
        guest.details.email = Some("guest@example.com".to_owned());
        guest.details.shipping_method = Some("express".to_owned());
        own.merge(&guest);
        let quantities: Vec<_> = own.lines.iter().map(|line| line.quantity).collect();
        assert_eq!(quantities, [999, 1]);
        assert_eq!(own.details.email.as_deref(), Some("ada@example.com"));
        assert_eq!(own.details.shipping_method.as_deref(), Some("express"));
    }

    #[test]
    fn who_has_seen_an_older_cart_is_told_so() {
        let mut cart = cart();
        cart.version = 7;
        assert_eq!(cart.check_editable(Some(6)), Err(CartError::VersionStale { current: 7 }));
        assert_eq!(cart.check_editable(Some(7)), Ok(()));
        assert_eq!(cart.check_editable(None), Ok(()));
        cart.state = CartState::Locked;
        assert_eq!(cart.check_editable(Some(7)), Err(CartError::InCheckout));
    }
}
