//! Card numbers stay outside: a field in which somebody sends one is refused before anything of it is kept.

use souk_rpc::Error;

/// ISO/IEC 7812: a card number has so many digits.
const DIGITS_MIN: usize = 13;
const DIGITS_MAX: usize = 19;
/// How card numbers are printed; other groups are other numbers.
const GROUPS: [&[usize]; 6] =
    [&[4, 4, 4, 4], &[4, 6, 5], &[4, 6, 4], &[4, 4, 4, 1], &[4, 4, 4, 4, 3], &[6, 13]];

/// Whether the text holds what looks like a card number: 13 to 19 digits in a row, or grouped as on a card, whose last
/// one is right by Luhn's formula.
pub fn has_card_number(text: &str) -> bool {
    let runs = text.split(|c: char| !(c.is_ascii_digit() || matches!(c, ' ' | '-')));
    runs.map(|run| run.trim_matches([' ', '-'])).any(is_card_number)
}

/// The refusal. It names the field and repeats nothing of it.
pub fn card_number_refused(field: &str) -> Error {
    let detail =
        "this looks like the number of a card; the shop takes none, only tokens of the payment provider";
    Error::unprocessable("card_number_refused", detail).with_field(
        field,
        "card_number",
        "must not hold a card number",
    )
}

fn is_card_number(run: &str) -> bool {
    let groups: Vec<&str> = run.split([' ', '-']).collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    if let [_] = lengths.as_slice() {
        return is_number(run);
    }
    // A number may stand among others: "order 12 4242 4242 4242 4242".
    GROUPS.iter().any(|printed| {
        (0..groups.len()).any(|from| {
            let here = lengths.get(from..from + printed.len());
            here == Some(*printed) && is_number(&groups[from..from + printed.len()].concat())
        })
    }) || groups.iter().any(|group| is_number(group))
}

fn is_number(digits: &str) -> bool {
    (DIGITS_MIN..=DIGITS_MAX).contains(&digits.len()) && passes_luhn(digits)
}

fn passes_luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(at, byte)| {
            let digit = u32::from(byte - b'0');
            match (at % 2, digit * 2) {
                (0, _) => digit,
                (_, doubled @ 0..=9) => doubled,
                (_, doubled) => doubled - 9,
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_number_is_seen_however_it_is_written() {
        for text in [
            "4242424242424242",
            "4242 4242 4242 4242",
            "4242-4242-4242-4242",
            "378282246310005",
            "3782 822463 10005",
            "tok_5555555555554444_x",
            "please charge 6011111111111117, thanks",
            "order 12 4242 4242 4242 4242",
        ] {
            assert!(has_card_number(text), "{text}");
        }
    }

    #[test]
    fn other_numbers_pass() {
        for text in [
            "pm_1QZx7tokens",
            "4242424242424241",
            "424242424242",
            "00000000-0000-7000-8000-000000000000",
            "tok_approved",
            "a refund of 12.50 for order 1002003",
            "+44 20 7946 0958",
            "42424242424242424242",
            "",
        ] {
            assert!(!has_card_number(text), "{text}");
        }
    }

    #[test]
    fn the_refusal_does_not_repeat_the_number() {
        let refused = card_number_refused("payment.token");
        assert_eq!(refused.code, "card_number_refused");
        assert!(format!("{refused:?}").contains("payment.token"));
    }
}
