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

/// The digits in the order of their values.
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The value of each byte as a digit; [`NO_DIGIT`] for bytes outside the alphabet. Tables, because digits are random
/// and branches on them are guessed wrong.
const VALUES: [u8; 256] = values();
const NO_DIGIT: u8 = 0xff;

#[expect(clippy::indexing_slicing, reason = "at compile time, where a wrong index does not compile")]
const fn values() -> [u8; 256] {
    let mut values = [NO_DIGIT; 256];
    let mut value = 0;
    while value < 62 {
        #[expect(clippy::cast_possible_truncation, reason = "below 62")]
        let digit = value as u8;
        values[ALPHABET[value] as usize] = digit;
        value += 1;
    }
    values
}

/// How many digits are taken off at once: 62^10 is the largest power of 62 that a 64-bit limb is divided by.
const STEP: usize = 10;
const POWER: u64 = 62u64.pow(10);

/// Bytes of the longest value written here, in limbs and in digits.
const LIMBS: usize = 6;
const DIGITS: usize = 60;

/// Appends `bytes` (at most 44), read as one big-endian number, in fixed width.
pub(crate) fn encode(bytes: &[u8], text: &mut String) {
    let mut digits = [b'0'; DIGITS];
    let (digits, _) = digits.split_at_mut(digits_for(bytes.len()));
    write(bytes, digits);
    text.push_str(std::str::from_utf8(digits).expect("the alphabet is ASCII"));
}

/// Writes `bytes` (at most 44), read as one big-endian number, into as many digits as [`digits_for`] says.
pub(crate) fn write(bytes: &[u8], digits: &mut [u8]) {
    let mut limbs = [0u64; LIMBS];
    for (limb, chunk) in limbs.iter_mut().rev().zip(bytes.rchunks(8)) {
        *limb = number(chunk);
    }
    let (_, mut limbs) = limbs.split_at_mut(LIMBS - bytes.len().div_ceil(8));
    for step in digits.rchunks_mut(STEP) {
        let mut rest = 0u64;
        for limb in &mut *limbs {
            let value = (u128::from(rest) << 64) | u128::from(*limb);
            *limb = low(value / u128::from(POWER));
            rest = low(value).wrapping_sub(limb.wrapping_mul(POWER));
        }
        let spent = limbs.iter().take_while(|limb| **limb == 0).count();
        limbs = limbs.split_at_mut(spent).1;
        for digit in step.iter_mut().rev() {
            *digit = digit_of(rest % 62);
            rest /= 62;
        }
    }
}

/// Reads what [`encode`] wrote; `None` for another length, another alphabet or a number that does not fit.
pub(crate) fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != digits_for(N) {
        return None;
    }
    let mut limbs = [0u64; LIMBS];
    let (_, limbs) = limbs.split_at_mut(LIMBS - N.div_ceil(8));
    for step in text.as_bytes().chunks(STEP) {
        let (mut carry, mut power) = (0u64, 1u64);
        for digit in step {
            carry = carry * 62 + value_of(*digit)?;
            power *= 62;
        }
        for limb in limbs.iter_mut().rev() {
            let value = u128::from(*limb) * u128::from(power) + u128::from(carry);
            *limb = low(value);
            carry = low(value >> 64);
        }
        if carry != 0 {
            return None;
        }
    }
    let mut number = [0u8; N];
    for (chunk, limb) in number.rchunks_mut(8).zip(limbs.iter().rev()) {
        let bytes = limb.to_be_bytes();
        let (beyond, kept) = bytes.split_at(8 - chunk.len());
        if beyond.iter().any(|byte| *byte != 0) {
            return None;
        }
        chunk.copy_from_slice(kept);
    }
    Some(number)
}

/// At most eight bytes as a number.
fn number(bytes: &[u8]) -> u64 {
    match bytes.try_into() {
        Ok(whole) => u64::from_be_bytes(whole),
        Err(_) => bytes.iter().fold(0, |number, byte| (number << 8) | u64::from(*byte)),
    }
}

/// The low limb of a number.
#[expect(clippy::cast_possible_truncation, reason = "the low 64 bits are what is asked for")]
const fn low(value: u128) -> u64 {
    value as u64
}

/// Appends the checksum of everything in `text` so far.
pub(crate) fn append_checksum(text: &mut String) {
    text.extend(checksum(text.as_bytes()).map(char::from));
}

/// Splits the checksum off and compares it; `None` when it is missing or wrong.
pub(crate) fn strip_checksum(text: &str) -> Option<&str> {
    let (body, shown) = text.split_at_checked(text.len().checked_sub(CHECKSUM_DIGITS)?)?;
    (checksum(body.as_bytes()) == shown.as_bytes()).then_some(body)
}

/// The digits of the checksum of `text`.
pub(crate) fn checksum(text: &[u8]) -> [u8; CHECKSUM_DIGITS] {
    let mut digits = [b'0'; CHECKSUM_DIGITS];
    let mut rest = u64::from(crc32fast::hash(text));
    for digit in digits.iter_mut().rev() {
        *digit = digit_of(rest % 62);
        rest /= 62;
    }
    digits
}

#[expect(clippy::cast_possible_truncation, reason = "a digit's value is below 62")]
fn digit_of(value: u64) -> u8 {
    ALPHABET.get(value as usize).copied().expect("a digit's value is below 62")
}

fn value_of(digit: u8) -> Option<u64> {
    VALUES.get(usize::from(digit)).copied().filter(|value| *value != NO_DIGIT).map(u64::from)
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
        assert_eq!(decode::<25>(&"z".repeat(34)), None, "more than 200 bits");
    }

    proptest! {
        #[test]
        fn what_was_written_is_read_back(bytes: [u8; 32]) {
            let mut text = String::new();
            encode(&bytes, &mut text);
            prop_assert_eq!(decode::<32>(&text), Some(bytes));
        }

        #[test]
        fn lengths_that_are_no_whole_limbs_are_read_back(bytes: [u8; 25], more: [u8; 41]) {
            let mut text = String::new();
            encode(&bytes, &mut text);
            prop_assert_eq!(decode::<25>(&text), Some(bytes));
            text.clear();
            encode(&more, &mut text);
            prop_assert_eq!(decode::<41>(&text), Some(more));
        }

        #[test]
        fn any_text_is_read_without_panic(text: String) {
            let _ = decode::<16>(&text);
            let _ = strip_checksum(&text);
        }

        #[test]
        fn one_changed_character_breaks_the_checksum(bytes: [u8; 16], at in 0usize..28, other in 0u64..62) {
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
