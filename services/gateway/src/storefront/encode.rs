//! What stands in a page is written for the place where it stands: text, an attribute, or JSON within a script. Everything that
//! people or shops have typed goes through one of these.

use serde::Serialize;

/// For text and for attributes in double quotes.
pub(super) fn html(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            // Not allowed in HTML; browsers disagree about what to make of them.
            '\0' => safe.push('\u{fffd}'),
            letter => safe.push(letter),
        }
    }
    safe
}

/// JSON that may stand between `<script>` and `</script>`: nothing in it ends the script or opens a comment.
pub(super) fn json(value: &impl Serialize) -> String {
    let plain = serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned());
    let mut safe = String::with_capacity(plain.len() + 64);
    for letter in plain.chars() {
        match letter {
            '<' => safe.push_str("\\u003c"),
            '>' => safe.push_str("\\u003e"),
            '&' => safe.push_str("\\u0026"),
            // Ends of lines to JavaScript.
            '\u{2028}' => safe.push_str("\\u2028"),
            '\u{2029}' => safe.push_str("\\u2029"),
            letter => safe.push(letter),
        }
    }
    safe
}

/// For XML: what XML 1.0 cannot hold is left out.
pub(super) fn xml(text: &str) -> String {
    let fits = |letter: &char| matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    html(&text.chars().filter(fits).collect::<String>())
}

/// A picture's address, when it is one that a page may load.
pub(super) fn picture(url: &str) -> Option<&str> {
    let own = url.starts_with('/') && !url.starts_with("//") && !url.starts_with("/\\");
    (own || url.starts_with("https://")).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_typed_leaves_its_place() {
        assert_eq!(html(r#"<img src=x onerror='a()'>&"#), "&lt;img src=x onerror=&#39;a()&#39;&gt;&amp;");
        let data = json(&serde_json::json!({ "title": "</script><script>a()</script>\u{2028}<!--&" }));
        assert!(!data.contains(['<', '>', '&', '\u{2028}']), "{data}");
        let read: serde_json::Value = serde_json::from_str(&data).expect("still JSON");
        assert_eq!(read["title"], "</script><script>a()</script>\u{2028}<!--&");
        assert_eq!(xml("a\u{0}b\u{8}<"), "ab&lt;");
    }

    #[test]
    fn pictures_come_from_here_or_by_https() {
        assert_eq!(picture("https://cdn.example/a.webp"), Some("https://cdn.example/a.webp"));
        assert_eq!(picture("/media/a.webp"), Some("/media/a.webp"));
        for url in
            ["javascript:alert(1)", "//evil.example/a", "/\\evil.example", "data:text/html,x", "http://a"]
        {
            assert_eq!(picture(url), None, "{url}");
        }
    }
}
