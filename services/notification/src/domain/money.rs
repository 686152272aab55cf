//! Money as people read it.

use souk_types::Money;

/// As English mails show it: `€1,234.50`, `¥1,999`, `KWD 0.050`.
pub fn format_money(money: Money) -> String {
    let exponent = money.currency.exponent();
    let unit = 10_u64.pow(exponent);
    let (major, minor) = (money.amount.unsigned_abs() / unit, money.amount.unsigned_abs() % unit);
    let sign = if money.amount < 0 { "-" } else { "" };
    let symbol = match money.currency.code() {
        "EUR" => "€".to_owned(),
        "USD" => "$".to_owned(),
        "GBP" => "£".to_owned(),
        "JPY" => "¥".to_owned(),
        "INR" => "₹".to_owned(),
        code => format!("{code}\u{a0}"),
    };
    let major = grouped(major);
    if exponent == 0 {
        return format!("{sign}{symbol}{major}");
    }
    format!("{sign}{symbol}{major}.{minor:0width$}", width = exponent as usize)
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use souk_types::Currency;

    use super::*;

    #[test]
    fn an_amount_has_the_digits_of_its_currency() {
        let show = |amount, currency| format_money(Money::new(amount, currency));
        assert_eq!(show(123_450, Currency::EUR), "€1,234.50");
        assert_eq!(show(5, Currency::USD), "$0.05");
        assert_eq!(show(1_999, Currency::JPY), "¥1,999");
        assert_eq!(show(-50, Currency::KWD), "-KWD\u{a0}0.050");
        assert_eq!(show(i64::MIN, Currency::JPY), "-¥9,223,372,036,854,775,808");
    }
}
