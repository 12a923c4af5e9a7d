//! Compression of stored texts. The records of one batch are much alike: compressed, a batch of
//! many takes a sixth of the space, so a commit writes less and the file stays smaller.
//!
//! The format is an LZ4 block after the length of the text in bytes (four bytes, little-endian).

/// The maximum length of a text, more than a batch of the maximum number of records has.
const MAX_TEXT_BYTES: usize = 16 << 20;

pub(crate) fn compress(text: &str) -> Vec<u8> {
    lz4_flex::block::compress_prepend_size(text.as_bytes())
}

/// Returns `None` if the bytes are not a compressed text.
pub(crate) fn decompress(compressed: &[u8]) -> Option<String> {
    let (length, block) = lz4_flex::block::uncompressed_size(compressed).ok()?;
    // The length decides how much memory is allocated, so it is bounded first.
    let text = (length <= MAX_TEXT_BYTES).then(|| lz4_flex::block::decompress(block, length))?.ok()?;
    if text.len() == length { String::from_utf8(text).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_compressed_text_is_decompressed_unchanged(text in any::<String>(), times in 0..50_usize) {
            let text = text.repeat(times);
            prop_assert_eq!(decompress(&compress(&text)), Some(text));
        }

        #[test]
        fn arbitrary_bytes_give_nothing_or_a_text_of_bounded_length(bytes: Vec<u8>) {
            prop_assert!(decompress(&bytes).is_none_or(|text| text.len() <= MAX_TEXT_BYTES));
        }
    }

    #[test]
    fn a_length_above_the_maximum_is_not_believed() {
        let mut compressed = compress("a record");
        compressed[..4].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(decompress(&compressed), None);
        assert_eq!(decompress(b""), None);
    }
}
