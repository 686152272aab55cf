//! Which passwords are good enough: long enough to type, and not among those that are guessed first.

use zxcvbn::{Score, zxcvbn};

pub const MIN_CHARACTERS: usize = 8;
pub const MAX_CHARACTERS: usize = 128;

/// A password that would be guessed in fewer than 10⁸ tries, the address and name of its owner being known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weakness {
    /// For the person who chose it.
    pub advice: String,
}

/// Scores below 2 of zxcvbn are refused. `about` is what an attacker knows of the owner: address, name.
pub fn strength(password: &str, about: &[&str]) -> Result<(), Weakness> {
    let mut known: Vec<&str> = about.to_vec();
    known.extend(about.iter().flat_map(|text| text.split(|c: char| !c.is_alphanumeric())));
    known.retain(|text| !text.is_empty());
    known.push("souk");
    let entropy = zxcvbn(password, &known);
    if entropy.score() >= Score::Two {
        return Ok(());
    }
    let warning = entropy.feedback().and_then(|feedback| feedback.warning());
    let advice = warning.map_or_else(
        || "It is easy to guess. Use a few uncommon words.".to_owned(),
        |warning| format!("{warning} Use a few uncommon words."),
    );
    Err(Weakness { advice })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_everybody_uses_is_refused() {
        for weak in ["password", "12345678", "qwertyuiop", "aaaaaaaa"] {
            assert!(strength(weak, &[]).is_err(), "{weak}");
        }
    }

    #[test]
    fn the_owners_own_name_is_no_password() {
        let about = ["charlesbabbage@example.com", "Charles Babbage"];
        assert!(strength("charlesbabbage", &about).is_err());
        assert!(strength("charlesbabbage@example.com", &about).is_err());
    }

    #[test]
    fn a_few_uncommon_words_are_welcome() {
        assert!(strength("lantern orchid tugboat", &["ada@example.com", "Ada"]).is_ok());
    }
}
