//! Invisible characters. E-mail addresses must not contain them, and cookie names are shown
//! without.

use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{DefaultIgnorableCodePoint, GeneralCategory},
};

/// Characters that render blank, although Unicode does not classify them so.
const BLANKS: [char; 5] = ['\u{2800}', '\u{fffc}', '\u{16fe4}', '\u{1d159}', '\u{1da7f}'];

/// Whether the character is invisible or has no known glyph: controls, formats (also
/// bidirectional), spaces, default-ignorable, private and unassigned ones.
pub fn is_invisible(character: char) -> bool {
    use GeneralCategory::{
        Control, Format, LineSeparator, ParagraphSeparator, PrivateUse, SpaceSeparator, Surrogate, Unassigned,
    };
    let has_no_look = matches!(
        CodePointMapData::<GeneralCategory>::new().get(character),
        Control | Format | LineSeparator | ParagraphSeparator | PrivateUse | SpaceSeparator | Surrogate | Unassigned
    );
    let is_passed_over = CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character);
    has_no_look || is_passed_over || BLANKS.contains(&character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shows_nothing_or_turns_what_follows_is_unseen_and_letters_marks_and_signs_are_not() {
        let unseen = "\0\t\n\u{7f}\u{85}\u{a0}\u{ad}\u{34f}\u{61c}\u{115f}\u{17b4}\u{180e}\u{200b}\u{200f}\u{2028}\u{202e}\u{2060}\u{2066}\u{206f}\u{2800}\u{3164}\u{e000}\u{fe0f}\u{feff}\u{fff9}\u{fffc}\u{e0001}\u{e007f}\u{e0100}\u{378} ";
        for character in unseen.chars() {
            assert!(is_invisible(character), "{character:?}");
        }
        for character in "aZ0_-.!~é\u{301}ßжא漢🍪€".chars() {
            assert!(!is_invisible(character), "{character:?}");
        }
    }
}
