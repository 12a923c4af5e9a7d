//! Texts as they lie in the database: packed, since the records of one page are much alike. A page of many takes a sixth of
//! the room, so a commit has less to write and the file of years is smaller.
//!
//! The form is a block of LZ4 behind the length of the text in bytes, which is four bytes, the lowest first. A page that was
//! written before pages were packed is the text itself: its first four bytes, taken for a length, are more than any page has.

/// The most bytes that a text may have: more than a page of the most records can hold.
const LONGEST: usize = 16 << 20;

/// Packs a text.
pub(crate) fn pack(text: &str) -> Vec<u8> {
    lz4_flex::block::compress_prepend_size(text.as_bytes())
}

/// The text that was packed; nothing if these bytes are no such thing.
pub(crate) fn unpack(packed: &[u8]) -> Option<String> {
    let (length, block) = lz4_flex::block::uncompressed_size(packed).ok()?;
    if length > LONGEST && packed.starts_with(b"{\"") {
        return String::from_utf8(packed.to_vec()).ok();
    }
    // Room is made for what the bytes claim to hold, so what they claim is bounded first.
    let text = (length <= LONGEST).then(|| lz4_flex::block::decompress(block, length))?.ok()?;
    if text.len() == length { String::from_utf8(text).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_packed_comes_out_again(text in any::<String>(), times in 0..50_usize) {
            let text = text.repeat(times);
            prop_assert_eq!(unpack(&pack(&text)), Some(text));
        }

        #[test]
        fn bytes_that_were_never_packed_are_no_text_or_one_of_bounded_length(bytes: Vec<u8>) {
            prop_assert!(unpack(&bytes).is_none_or(|text| text.len() <= LONGEST));
        }
    }

    #[test]
    fn a_page_of_before_is_the_text_that_it_is() {
        for text in ["{\"header\":1}", "{\"header\":\"\u{e4}\\\"\"}\n{\"header\":2}"] {
            assert_eq!(unpack(text.as_bytes()).as_deref(), Some(text));
        }
    }

    #[test]
    fn a_claim_of_more_than_a_page_can_hold_is_not_believed() {
        let mut packed = pack("a record");
        packed[..4].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(unpack(&packed), None);
        assert_eq!(unpack(b""), None);
    }
}
