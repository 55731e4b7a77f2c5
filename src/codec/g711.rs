//! The two companding laws of ITU-T G.711, computed once at compile time into tables.

/// 16-bit linear value of each mu-law code.
const ULAW: [i16; 256] = {
    let mut table = [0i16; 256];
    let mut code = 0usize;
    while code < 256 {
        table[code] = expand_ulaw(code as u8);
        code += 1;
    }
    table
};

/// 16-bit linear value of each A-law code.
const ALAW: [i16; 256] = {
    let mut table = [0i16; 256];
    let mut code = 0usize;
    while code < 256 {
        table[code] = expand_alaw(code as u8);
        code += 1;
    }
    table
};

pub(super) static ULAW_TO_ALAW: [u8; 256] = {
    let mut table = [0u8; 256];
    let mut code = 0usize;
    while code < 256 {
        table[code] = linear_to_alaw(ULAW[code]);
        code += 1;
    }
    table
};

pub(super) static ALAW_TO_ULAW: [u8; 256] = {
    let mut table = [0u8; 256];
    let mut code = 0usize;
    while code < 256 {
        table[code] = linear_to_ulaw(ALAW[code]);
        code += 1;
    }
    table
};

/// The squares of the linear values.
pub(super) static ULAW_SQUARES: [u32; 256] = squares(&ULAW);
pub(super) static ALAW_SQUARES: [u32; 256] = squares(&ALAW);

const fn squares(linear: &[i16; 256]) -> [u32; 256] {
    let mut table = [0u32; 256];
    let mut code = 0usize;
    while code < 256 {
        table[code] = (linear[code].unsigned_abs() as u32).pow(2);
        code += 1;
    }
    table
}

static ULAW_LINEAR: [i16; 256] = ULAW;
static ALAW_LINEAR: [i16; 256] = ALAW;

pub const fn ulaw_to_linear(code: u8) -> i16 {
    ULAW_LINEAR[code as usize]
}

pub const fn alaw_to_linear(code: u8) -> i16 {
    ALAW_LINEAR[code as usize]
}

/// Added before the segment is looked for, so that the smallest one starts at 132 (G.711 §3.2).
const ULAW_BIAS: i32 = 132;
const ULAW_CLIP: i32 = 32_635;

pub const fn linear_to_ulaw(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x80u8 } else { 0 };
    let magnitude = (sample as i32).abs();
    let magnitude = if magnitude > ULAW_CLIP { ULAW_CLIP } else { magnitude } + ULAW_BIAS;
    // 132..=32767: the highest set bit is 7..=14, the segment 0..=7.
    let segment = 24 - (magnitude as u32).leading_zeros();
    let step = (magnitude >> (segment + 3)) as u8 & 0x0f;
    !(sign | ((segment as u8) << 4) | step)
}

pub const fn linear_to_alaw(sample: i16) -> u8 {
    // A-law has 13 bits; negative values are folded so that -1 and 0 mirror each other.
    let value = (sample >> 3) as i32;
    let (mask, magnitude) = if value >= 0 { (0xd5u8, value) } else { (0x55, -value - 1) };
    let code = if magnitude < 32 {
        (magnitude >> 1) as u8
    } else {
        // 32..=4095: the highest set bit is 5..=11, the segment 1..=7.
        let segment = 27 - (magnitude as u32).leading_zeros();
        ((segment as u8) << 4) | ((magnitude >> segment) as u8 & 0x0f)
    };
    code ^ mask
}

const fn expand_ulaw(code: u8) -> i16 {
    let code = !code;
    let segment = (code >> 4) & 7;
    let magnitude = ((((code & 0x0f) as i32) << 3) + ULAW_BIAS) << segment;
    let magnitude = (magnitude - ULAW_BIAS) as i16;
    if code & 0x80 != 0 { -magnitude } else { magnitude }
}

const fn expand_alaw(code: u8) -> i16 {
    let code = code ^ 0x55;
    let step = ((code & 0x0f) as i32) << 4;
    let magnitude = match (code >> 4) & 7 {
        0 => step + 8,
        segment => (step + 0x108) << (segment - 1),
    } as i16;
    if code & 0x80 != 0 { magnitude } else { -magnitude }
}
