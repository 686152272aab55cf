//! Slugs: the part of a URL by which people find a product, category or collection.

/// Characters a slug has at most.
pub const SLUG_LENGTH_MAX: usize = 120;

/// What a slug looks like: lower-case words joined by single hyphens.
pub const SLUG_PATTERN: &str = "^[a-z0-9]+(-[a-z0-9]+)*$";

/// Makes a slug from a title; `None` when nothing of it can stand in a URL.
pub fn from_title(title: &str) -> Option<String> {
    let mut slug = String::with_capacity(title.len().min(SLUG_LENGTH_MAX));
    for c in title.chars().flat_map(char::to_lowercase) {
        let plain = plain(c);
        if slug.len() + plain.len() > SLUG_LENGTH_MAX {
            break;
        }
        if plain.is_empty() {
            if !slug.is_empty() && !slug.ends_with('-') && c != '\'' && c != '’' {
                slug.push('-');
            }
            continue;
        }
        slug.push_str(plain);
    }
    let slug = slug.trim_end_matches('-');
    (!slug.is_empty()).then(|| slug.to_owned())
}

/// The same slug with something after it that makes it unique, still within the limit.
pub fn with_suffix(slug: &str, suffix: &str) -> String {
    let room = SLUG_LENGTH_MAX - suffix.len() - 1;
    let stem = slug.get(..room.min(slug.len())).unwrap_or(slug).trim_end_matches('-');
    format!("{stem}-{suffix}")
}

/// Whether it matches [`SLUG_PATTERN`] and is not too long.
pub fn is_slug(text: &str) -> bool {
    text.len() <= SLUG_LENGTH_MAX && is_words(text)
}

/// Whether it matches [`SLUG_PATTERN`], however long.
pub fn is_words(text: &str) -> bool {
    text.split('-')
        .all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
}

const ASCII: &str = "abcdefghijklmnopqrstuvwxyz0123456789";

fn plain(c: char) -> &'static str {
    if let Some(at) = ASCII.find(c) {
        return &ASCII[at..=at];
    }
    match c {
        'à' | 'á' | 'â' | 'ã' | 'å' | 'ā' | 'ă' | 'ą' => "a",
        'ä' | 'æ' => "ae",
        'ç' | 'ć' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ę' | 'ě' => "e",
        'ğ' => "g",
        'ì' | 'í' | 'î' | 'ï' | 'ī' | 'ı' => "i",
        'ł' => "l",
        'ñ' | 'ń' | 'ň' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ō' | 'ő' => "o",
        'ö' | 'ø' | 'œ' => "oe",
        'ř' => "r",
        'ś' | 'š' | 'ş' => "s",
        'ß' => "ss",
        'ť' | 'ţ' => "t",
        'ù' | 'ú' | 'û' | 'ū' | 'ů' | 'ű' => "u",
        'ü' => "ue",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_becomes_a_readable_slug() {
        assert_eq!(from_title("  Große T-Shirts (5er-Pack)! ").as_deref(), Some("grosse-t-shirts-5er-pack"));
        assert_eq!(from_title("Levi's 501").as_deref(), Some("levis-501"));
        assert_eq!(from_title("日本語"), None);
        let long = from_title(&"very long title ".repeat(30)).expect("a slug");
        assert!(is_slug(&long), "{long}");
        assert!(is_slug(&with_suffix(&long, "1a2b3c")));
    }

    #[test]
    fn what_does_not_belong_into_a_url_is_no_slug() {
        for bad in ["", "-a", "a-", "a--b", "A", "a b", "a/b", "ä"] {
            assert!(!is_slug(bad), "{bad}");
        }
        assert!(is_slug("a-1"));
    }
}
