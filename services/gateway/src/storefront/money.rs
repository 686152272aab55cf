//! Amounts as people write them in each language: the same text as `Intl.NumberFormat` makes in the browser, so that nothing
//! changes when the live page takes over.

use souk_types::Currency;

/// Where CLDR writes something else than the code: for every language, then what a language has of its own.
const SYMBOLS: &[(&str, &str)] = &[
    ("AUD", "A$"),
    ("BRL", "R$"),
    ("CAD", "CA$"),
    ("CNY", "CN¥"),
    ("EUR", "€"),
    ("GBP", "£"),
    ("HKD", "HK$"),
    ("ILS", "₪"),
    ("INR", "₹"),
    ("JPY", "¥"),
    ("KRW", "₩"),
    ("MXN", "MX$"),
    ("NZD", "NZ$"),
    ("TWD", "NT$"),
    ("USD", "$"),
    ("VND", "₫"),
    ("XAF", "FCFA"),
    ("XCD", "EC$"),
    ("XOF", "F\u{202f}CFA"),
    ("XPF", "CFPF"),
];
const OWN_SYMBOLS: &[(&str, &str, &str)] =
    &[("en", "PHP", "₱"), ("de", "AUD", "AU$"), ("de", "THB", "฿"), ("ja", "CNY", "元"), ("ja", "JPY", "￥")];

/// `1999` EUR: `€19.99` in English and Japanese, `19,99 €` in German.
pub(super) fn text(locale: &str, amount: i64, currency: Currency) -> String {
    let (sign, digits) = (if amount < 0 { "-" } else { "" }, amount.unsigned_abs().to_string());
    let exponent = usize::try_from(currency.exponent()).unwrap_or(0);
    let digits = format!("{digits:0>width$}", width = exponent + 1);
    let (whole, fraction) = digits.split_at(digits.len() - exponent);
    let german = locale == "de";
    let (group, point) = if german { ('.', ",") } else { (',', ".") };
    let mut number = grouped(whole, group);
    if exponent > 0 {
        number.push_str(point);
        number.push_str(fraction);
    }
    let code = currency.code();
    let symbol = symbol(locale, code);
    match (german, symbol.ends_with(|last: char| last.is_ascii_alphabetic())) {
        (true, _) => format!("{sign}{number}\u{a0}{symbol}"),
        // A code, or a symbol of letters, does not stick to the number.
        (false, true) => format!("{sign}{symbol}\u{a0}{number}"),
        (false, false) => format!("{sign}{symbol}{number}"),
    }
}

/// For machines: `19.99`, without a currency.
pub(super) fn decimal(amount: i64, currency: Currency) -> String {
    let exponent = usize::try_from(currency.exponent()).unwrap_or(0);
    let digits = format!("{:0>width$}", amount.unsigned_abs(), width = exponent + 1);
    let (whole, fraction) = digits.split_at(digits.len() - exponent);
    let sign = if amount < 0 { "-" } else { "" };
    if exponent == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

fn symbol<'c>(locale: &str, code: &'c str) -> &'c str {
    let own = OWN_SYMBOLS.iter().find(|(language, known, _)| *language == locale && *known == code);
    let common = SYMBOLS.iter().find(|(known, _)| *known == code);
    own.map(|(.., symbol)| *symbol).or(common.map(|(_, symbol)| *symbol)).unwrap_or(code)
}

fn grouped(whole: &str, separator: char) -> String {
    let mut text = String::with_capacity(whole.len() + whole.len() / 3);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            text.push(separator);
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Node's Intl.NumberFormat prints (ICU 76).
    #[test]
    fn amounts_read_as_the_browser_writes_them() {
        for (locale, code, amount, expected) in [
            ("en", "EUR", 123_456_750, "€1,234,567.50"),
            ("en", "EUR", -500, "-€5.00"),
            ("en", "JPY", 1_234_568, "¥1,234,568"),
            ("en", "KWD", 1_234_567_500, "KWD\u{a0}1,234,567.500"),
            ("en", "CHF", -500, "-CHF\u{a0}5.00"),
            ("de", "EUR", 123_450, "1.234,50\u{a0}€"),
            ("de", "JPY", -5, "-5\u{a0}¥"),
            ("de", "KWD", 5_000, "5,000\u{a0}KWD"),
            ("ja", "JPY", 1_235, "￥1,235"),
            ("ja", "USD", 5, "$0.05"),
            ("ja", "CHF", 123_450, "CHF\u{a0}1,234.50"),
        ] {
            assert_eq!(text(locale, amount, code.parse().expect("a currency")), expected, "{locale} {code}");
        }
        assert_eq!(decimal(-5, "USD".parse().expect("a currency")), "-0.05");
        assert_eq!(decimal(1_500, "JPY".parse().expect("a currency")), "1500");
    }
}
