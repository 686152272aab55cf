//! Order numbers: what people read out on the telephone. Random, so that they do not tell how much the shop sells.

/// Crockford's base 32: no I, L, O or U, so nothing is misread and no word is spelled.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Characters of a number: 50 bits, of which a million orders use one in a thousand million.
pub const LENGTH: usize = 10;

/// The number made of these random bytes.
pub fn from_random(bytes: [u8; LENGTH]) -> String {
    bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)])).collect()
}

/// A number as it was typed: small letters, hyphens, and the letters that Crockford reads as digits.
pub fn normalize(typed: &str) -> String {
    let read = |c: char| match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    typed.chars().filter(|c| !matches!(c, '-' | ' ' | '#')).map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_survives_being_typed() {
        let number = from_random([0, 1, 10, 31, 32, 255, 20, 21, 22, 23]);
        assert_eq!(number.len(), LENGTH);
        assert_eq!(normalize(&number), number);
        assert_eq!(normalize("#abc-o1l 2"), "ABC0112");
    }
}
