//! The little of Markdown that our own texts use: headings, paragraphs, lists, fenced code, `code`, **bold**,
//! links. Everything else is text, and all text is escaped.

/// HTML of a text of ours.
pub(super) fn to_html(text: &str) -> String {
    let mut html = String::new();
    let mut open: Option<&'static str> = None;
    let mut code = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            close(&mut html, &mut open);
            html.push_str(if code { "</code></pre>\n" } else { "<pre><code>" });
            code = !code;
            continue;
        }
        if code {
            escape(&mut html, line);
            html.push('\n');
            continue;
        }
        block(&mut html, &mut open, line.trim());
    }
    close(&mut html, &mut open);
    if code {
        html.push_str("</code></pre>\n");
    }
    html
}

/// HTML of a line or two of ours, without a paragraph around it.
pub(super) fn line_to_html(text: &str) -> String {
    let mut html = String::new();
    inline(&mut html, text.trim());
    html
}

fn block(html: &mut String, open: &mut Option<&'static str>, line: &str) {
    if line.is_empty() {
        return close(html, open);
    }
    let level = line.bytes().take_while(|b| *b == b'#').count();
    if let Some(heading) = line[level..].strip_prefix(' ').filter(|_| (1..=4).contains(&level)) {
        close(html, open);
        html.push_str(&format!("<h{level}>"));
        inline(html, heading);
        html.push_str(&format!("</h{level}>\n"));
        return;
    }
    if let Some(entry) = line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")) {
        if *open != Some("ul") {
            close(html, open);
            html.push_str("<ul>");
            *open = Some("ul");
        }
        html.push_str("<li>");
        return inline(html, entry);
    }
    match open {
        None => {
            html.push_str("<p>");
            *open = Some("p");
        }
        Some(_) => html.push(' '),
    }
    inline(html, line);
}

fn close(html: &mut String, open: &mut Option<&'static str>) {
    if let Some(tag) = open.take() {
        html.push_str(&format!("</{tag}>\n"));
    }
}

/// Markers that are not closed are text.
fn inline(html: &mut String, mut text: &str) {
    while let Some(at) = text.find(['`', '*', '[']) {
        escape(html, &text[..at]);
        text = &text[at..];
        let rest = marked(html, text, "`", "code")
            .or_else(|| marked(html, text, "**", "strong"))
            .or_else(|| link(html, text));
        text = rest.unwrap_or_else(|| {
            escape(html, &text[..1]);
            &text[1..]
        });
    }
    escape(html, text);
}

fn marked<'t>(html: &mut String, text: &'t str, marker: &str, tag: &str) -> Option<&'t str> {
    let (inside, rest) = text.strip_prefix(marker)?.split_once(marker)?;
    html.push_str(&format!("<{tag}>"));
    escape(html, inside);
    html.push_str(&format!("</{tag}>"));
    Some(rest)
}

/// Only to this shop or by HTTPS.
fn link<'t>(html: &mut String, text: &'t str) -> Option<&'t str> {
    let (label, rest) = text.strip_prefix('[')?.split_once("](")?;
    let (target, rest) = rest.split_once(')')?;
    let sane = target.starts_with(['/', '#']) || target.starts_with("https://") || target.ends_with(".md");
    if !sane {
        return None;
    }
    // Pages of one folder refer to each other by file name.
    let target = target.strip_suffix(".md").unwrap_or(target);
    html.push_str("<a href=\"");
    escape(html, target);
    html.push_str("\">");
    escape(html, label);
    html.push_str("</a>");
    Some(rest)
}

fn escape(html: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_texts_become_html() {
        assert_eq!(
            to_html("# A `b`\n\nc\nd **e**"),
            "<h1>A <code>b</code></h1>\n<p>c d <strong>e</strong></p>\n"
        );
        assert_eq!(to_html("- a\n- [b](c.md)"), "<ul><li>a<li><a href=\"c\">b</a></ul>\n");
        assert_eq!(to_html("```\n<a>\n```"), "<pre><code>&lt;a&gt;\n</code></pre>\n");
    }

    #[test]
    fn nothing_gets_through_unescaped() {
        let html = to_html("<script>`\"><b>` [x](javascript:alert(1)) **<i>** [<u>](/\"onload=)");
        assert!(!html.contains("<script") && !html.contains("<b>") && !html.contains("<i>"), "{html}");
        assert!(
            !html.contains("<u>") && !html.contains("href=\"javascript") && !html.contains("\"onload"),
            "{html}"
        );
    }

    #[test]
    fn a_marker_alone_is_text() {
        assert_eq!(to_html("2 * 3 ` [x"), "<p>2 * 3 ` [x</p>\n");
    }
}
