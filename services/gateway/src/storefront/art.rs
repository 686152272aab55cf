//! The picture of a product that has none: drawn from its slug, the same for the same slug, different for its neighbors.

use sha2::{Digest, Sha256};

/// Ground, large shape, small shape, accent.
const PALETTES: [[&str; 4]; 8] = [
    ["#f3e9dc", "#c08552", "#5e3023", "#895737"],
    ["#e8f0ea", "#84a98c", "#2f3e46", "#52796f"],
    ["#eef1f8", "#8da9c4", "#13315c", "#134074"],
    ["#f9ece6", "#e8998d", "#6c4b5e", "#b3679b"],
    ["#f6f1e1", "#e0b554", "#3d405b", "#81b29a"],
    ["#f0ecf6", "#a594c9", "#3b2c5e", "#6f58a8"],
    ["#e9f2f2", "#79b8b4", "#1d3d47", "#e2a76f"],
    ["#f5ecea", "#cf8e80", "#4a2c2a", "#8a5a44"],
];

/// A square SVG without text, scripts or anything from elsewhere.
pub(super) fn picture(slug: &str) -> String {
    let chance: [u8; 32] = Sha256::digest(slug).into();
    let pick = |at: usize, from: u32, to: u32| from + u32::from(chance[at]) * (to - from) / 255;
    let [ground, large, small, accent] = PALETTES[usize::from(chance[0]) % PALETTES.len()];
    let shape = |at: usize, x: u32, y: u32, size: u32, color: &str, opacity: u32| match chance[at] % 4 {
        0 => format!(r#"<circle cx="{x}" cy="{y}" r="{size}" fill="{color}" fill-opacity=".{opacity}"/>"#),
        1 => format!(
            r#"<rect x="{}" y="{}" width="{}" height="{}" rx="{}" fill="{color}" fill-opacity=".{opacity}" transform="rotate({} {x} {y})"/>"#,
            x.saturating_sub(size),
            y.saturating_sub(size),
            size * 2,
            size * 2,
            size / 4,
            pick(at + 1, 0, 90),
        ),
        2 => format!(
            r#"<path d="M{x} {} L{} {} L{} {}Z" fill="{color}" fill-opacity=".{opacity}" stroke="{color}" stroke-width="24" stroke-linejoin="round"/>"#,
            y.saturating_sub(size),
            x + size,
            y + size,
            x.saturating_sub(size),
            y + size,
        ),
        _ => format!(
            r#"<path d="M{} {y}a{size} {size} 0 0 1 {} 0z" fill="{color}" fill-opacity=".{opacity}" transform="rotate({} {x} {y})"/>"#,
            x.saturating_sub(size),
            size * 2,
            u32::from(chance[at + 1] % 4) * 90,
        ),
    };
    let shapes = [
        shape(1, pick(3, 280, 520), pick(4, 300, 520), pick(5, 210, 300), large, 90),
        shape(6, pick(8, 240, 560), pick(9, 240, 560), pick(10, 110, 180), small, 85),
        shape(11, pick(13, 200, 600), pick(14, 200, 600), pick(15, 50, 95), accent, 95),
    ]
    .concat();
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 800" width="800" height="800"><rect width="800" height="800" fill="{ground}"/>{shapes}</svg>"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_keeps_its_picture_and_has_one_of_its_own() {
        assert_eq!(picture("everyday-tee"), picture("everyday-tee"));
        let pictures: std::collections::BTreeSet<_> =
            (0..500).map(|n| picture(&format!("tee-{n}"))).collect();
        assert_eq!(pictures.len(), 500);
        assert!(pictures.iter().all(|picture| picture.starts_with("<svg ") && !picture.contains("script")));
    }
}
