//! Text broken into lines, where Chinese and Latin may be broken (UAX #14).

use unicode_linebreak::linebreaks;

/// In which letters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Face {
    Plain,
    Bold,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Style {
    pub face: Face,
    /// Points.
    pub size: f32,
    pub ink: Ink,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ink {
    Black,
    /// What is beside the matter.
    Grey,
    /// Of rules.
    Pale,
    /// Behind the head of a table.
    Wash,
    /// Of the house.
    Brand,
}

impl Style {
    pub const fn new(face: Face, size: f32, ink: Ink) -> Self {
        Self { face, size, ink }
    }

    /// From one line to the next.
    pub fn lead(self) -> f32 {
        self.size * 1.45
    }

    /// From the top of a line to where its letters stand.
    pub fn rise(self) -> f32 {
        self.size * 1.08
    }
}

/// Knows how wide letters are.
pub trait Ruler {
    /// Of the size of the letters.
    fn advance(&self, letter: char, face: Face) -> f32;

    /// Points.
    fn width(&self, text: &str, style: Style) -> f32 {
        text.chars().map(|letter| self.advance(letter, style.face)).sum::<f32>() * style.size
    }
}

/// What sums of fractions may be off.
const SLACK: f32 = 0.01;

/// The lines of a text; at least one. What cannot be broken is broken anywhere.
pub fn lines(text: &str, width: f32, style: Style, ruler: &impl Ruler) -> Vec<String> {
    let text = clean(text);
    text.split('\n').flat_map(|paragraph| broken(paragraph, width, style, ruler)).collect()
}

fn broken(paragraph: &str, width: f32, style: Style, ruler: &impl Ruler) -> Vec<String> {
    let (mut done, mut line, mut used, mut from) = (Vec::new(), String::new(), 0.0, 0);
    for (to, _) in linebreaks(paragraph) {
        let piece = paragraph.get(from..to).unwrap_or_default();
        from = to;
        let bare = ruler.width(piece.trim_end(), style);
        if used + bare > width + SLACK && !line.is_empty() {
            done.push(line.trim_end().to_owned());
            (line, used) = (String::new(), 0.0);
        }
        if bare <= width + SLACK {
            line.push_str(piece);
            used += ruler.width(piece, style);
            continue;
        }
        for letter in piece.chars() {
            let step = ruler.advance(letter, style.face) * style.size;
            if used + step > width + SLACK && !line.is_empty() {
                done.push(std::mem::take(&mut line));
                used = 0.0;
            }
            line.push(letter);
            used += step;
        }
    }
    if !line.is_empty() || done.is_empty() {
        done.push(line.trim_end().to_owned());
    }
    done
}

/// The longest piece of it that is not broken.
pub fn longest(text: &str, style: Style, ruler: &impl Ruler) -> f32 {
    let text = clean(text);
    let (mut longest, mut from) = (0.0_f32, 0);
    for (to, _) in linebreaks(&text) {
        longest = longest.max(ruler.width(text.get(from..to).unwrap_or_default().trim_end(), style));
        from = to;
    }
    longest
}

/// Without what is no letter and would act on the letters around it.
pub fn clean(text: &str) -> String {
    let acts = |c: char| matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}');
    let kept = text.chars().filter_map(|c| match c {
        '\n' => Some('\n'),
        '\t' => Some(' '),
        c if c.is_control() || acts(c) => None,
        c => Some(c),
    });
    kept.collect()
}
