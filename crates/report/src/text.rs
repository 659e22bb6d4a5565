//! How wide text is in a picture, which nobody can measure before a browser draws it, and text shortened to a width.

use maud::{Markup, html};

/// Width of a letter in units of the size of type: that of DejaVu Sans, the widest of the fonts that the page may get.
fn em(letter: char) -> f64 {
    match letter {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '|' | '!' | '\'' | '’' | '·' | ' ' | '\u{202f}' => 0.32,
        'f' | 't' | 'r' | 'I' | '(' | ')' | '[' | ']' | '-' | '/' => 0.4,
        '⁰'..='⁻' | '¹' | '²' | '³' => 0.43,
        '−' | '+' | '±' | '×' | '=' | '<' | '>' => 0.84,
        'm' | 'w' | 'M' | 'W' | '%' | '@' | '…' | '—' => 1.0,
        // Letters of East Asia, and pictographs.
        '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' => {
            1.1
        }
        '\u{ff00}'..='\u{ff60}' | '\u{1f000}'..='\u{3ffff}' => 1.3,
        letter if letter.is_uppercase() => 0.76,
        _ => 0.64,
    }
}

/// Width of a text at a size of type.
pub(crate) fn width(text: &str, size: f64) -> f64 {
    size * text.chars().map(em).sum::<f64>()
}

/// The widest of some texts.
pub(crate) fn widest<'a>(texts: impl IntoIterator<Item = &'a str>, size: f64) -> f64 {
    texts.into_iter().map(|text| width(text, size)).fold(0.0, f64::max)
}

/// As much of a text as fits into `room`, with an ellipsis where some is left out.
fn shortened(text: &str, size: f64, room: f64) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let mut left = room - width("…", size);
    let kept = text.chars().take_while(|letter| {
        left -= size * em(*letter);
        left >= 0.0
    });
    format!("{}…", kept.collect::<String>().trim_end())
}

/// A name, and what there is room for of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    /// All of it.
    pub(crate) full: String,
    /// What is shown.
    pub(crate) shown: String,
}

impl Name {
    /// What stands in an SVG text: the name as shown, and all of it as a tooltip if that is more.
    pub(crate) fn draw(&self) -> Markup {
        html! { @if self.full != self.shown { title { (self.full) } } (self.shown) }
    }
}

/// Names shortened to `room`; those that would then look alike begin with their number, counted from 0.
pub(crate) fn names(all: &[String], size: f64, room: f64) -> Vec<Name> {
    let short: Vec<String> = all.iter().map(|name| shortened(name, size, room)).collect();
    let alike = |index: usize| {
        let twin = |other: usize| other != index && short[other] == short[index];
        short[index] != all[index] && (0..all.len()).any(twin)
    };
    let shown = |index: usize| {
        if alike(index) {
            shortened(&format!("{index}: {}", all[index]), size, room)
        } else {
            short[index].clone()
        }
    };
    (0..all.len()).map(|index| Name { full: all[index].clone(), shown: shown(index) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shortened_name_fits_and_a_short_one_stays() {
        for name in
            ["an exceedingly long name of a class", "WWWWWWWWWWWWWWWWWWWWW", "数字の名前がとても長い場合の例"]
        {
            let short = shortened(name, 13.0, 100.0);
            assert!(width(&short, 13.0) <= 100.0 && short.ends_with('…') && short.chars().count() > 4, "{short}");
        }
        assert_eq!(shortened("Ankle boot", 13.0, 100.0), "Ankle boot");
    }

    #[test]
    fn names_with_one_beginning_stay_apart() {
        let all: Vec<String> = (0..3).map(|i| format!("a class whose name ends in number {i}")).collect();
        let shown: Vec<String> = names(&all, 13.0, 100.0).into_iter().map(|name| name.shown).collect();
        assert!(shown[0] != shown[1] && shown[1] != shown[2] && shown[0] != shown[2], "{shown:?}");
        assert!(shown.iter().all(|name| width(name, 13.0) <= 100.0), "{shown:?}");
    }
}
