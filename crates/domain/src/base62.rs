//! Fixed-width base62 with a checksum: the printed form of ids, secrets, codes and tokens.
//!
//! Base62 survives double clicks, shells, URLs and query strings without escaping; the CRC-32 at the end lets a
//! scanner find leaked values and lets us name a typing error before anything is hashed or looked up.

/// Digits of the printed checksum: 62^6 is the first power above 2^32.
pub(crate) const CHECKSUM_DIGITS: usize = 6;

/// How many digits `bytes` bytes need: ⌈8·bytes / log2(62)⌉.
pub(crate) const fn digits_for(bytes: usize) -> usize {
    // log2(62) = 5.954196…; the fraction is exact enough for every length used here (up to 128 bytes).
    (bytes * 8 * 1_000_000).div_ceil(5_954_196)
}

/// 62^5, the largest power of 62 that a 32-bit limb divides by in one step.
const FIVE_DIGITS: u64 = 62 * 62 * 62 * 62 * 62;

/// Bytes of the longest value written here, in limbs and in digits.
const LIMBS: usize = 11;
const DIGITS: usize = 60;

/// Appends `bytes` (at most 44), read as one big-endian number, in fixed width. Nothing is allocated but the text.
pub(crate) fn encode(bytes: &[u8], text: &mut String) {
    let mut limbs = [0u32; LIMBS];
    for (limb, chunk) in limbs.iter_mut().rev().zip(bytes.rchunks(4)) {
        *limb = chunk.iter().fold(0, |number, byte| (number << 8) | u32::from(*byte));
    }
    let (_, limbs) = limbs.split_at_mut(LIMBS - bytes.len().div_ceil(4));
    let mut digits = [b'0'; DIGITS];
    let (digits, _) = digits.split_at_mut(digits_for(bytes.len()));
    for five in digits.rchunks_mut(5) {
        let mut rest = 0u64;
        for limb in &mut *limbs {
            let value = (rest << 32) | u64::from(*limb);
            *limb = u32::try_from(value / FIVE_DIGITS).expect("a remainder keeps the quotient in one limb");
            rest = value % FIVE_DIGITS;
        }
        for digit in five.iter_mut().rev() {
            *digit = digit_of(u32::try_from(rest % 62).expect("a remainder of 62"));
            rest /= 62;
        }
    }
    text.push_str(std::str::from_utf8(digits).expect("the alphabet is ASCII"));
}

/// Reads what [`encode`] wrote; `None` for another length, another alphabet or a number that does not fit.
pub(crate) fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != digits_for(N) {
        return None;
    }
    let mut number = [0u8; N];
    for digit in text.bytes() {
        let mut carry = u32::from(value_of(digit)?);
        for byte in number.iter_mut().rev() {
            let value = u32::from(*byte) * 62 + carry;
            *byte = u8::try_from(value & 0xff).expect("masked to one byte");
            carry = value >> 8;
        }
        if carry != 0 {
            return None;
        }
    }
    Some(number)
}

/// Appends the checksum of everything in `text` so far.
pub(crate) fn append_checksum(text: &mut String) {
    let checksum = crc32fast::hash(text.as_bytes());
    let mut digits = [b'0'; CHECKSUM_DIGITS];
    let mut rest = checksum;
    for digit in digits.iter_mut().rev() {
        *digit = digit_of(rest % 62);
        rest /= 62;
    }
    text.extend(digits.into_iter().map(char::from));
}

/// Splits the checksum off and compares it; `None` when it is missing or wrong.
pub(crate) fn strip_checksum(text: &str) -> Option<&str> {
    let (body, _) = text.split_at_checked(text.len().checked_sub(CHECKSUM_DIGITS)?)?;
    let mut expected = body.to_owned();
    append_checksum(&mut expected);
    (expected == text).then_some(body)
}

fn digit_of(value: u32) -> u8 {
    let value = u8::try_from(value).expect("a digit's value is below 62");
    match value {
        0..=9 => b'0' + value,
        10..=35 => b'A' + value - 10,
        _ => b'a' + value - 36,
    }
}

fn value_of(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'A'..=b'Z' => Some(digit - b'A' + 10),
        b'a'..=b'z' => Some(digit - b'a' + 36),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_largest_numbers_keep_their_width() {
        let mut text = String::new();
        encode(&[0xff; 16], &mut text);
        assert_eq!(text.len(), 22);
        assert_eq!(decode::<16>(&text), Some([0xff; 16]));
        assert_eq!(decode::<16>(&"z".repeat(22)), None, "more than 128 bits");
    }

    proptest! {
        #[test]
        fn what_was_written_is_read_back(bytes: [u8; 32]) {
            let mut text = String::new();
            encode(&bytes, &mut text);
            prop_assert_eq!(decode::<32>(&text), Some(bytes));
        }

        #[test]
        fn any_text_is_read_without_panic(text: String) {
            let _ = decode::<16>(&text);
            let _ = strip_checksum(&text);
        }

        #[test]
        fn one_changed_character_breaks_the_checksum(bytes: [u8; 16], at in 0usize..28, other in 0u32..62) {
            let mut text = String::new();
            encode(&bytes, &mut text);
            append_checksum(&mut text);
            let mut changed = text.clone().into_bytes();
            changed[at] = digit_of(other);
            let changed = String::from_utf8(changed).expect("ASCII");
            prop_assert_eq!(strip_checksum(&changed).is_some(), changed == text);
        }
    }
}
