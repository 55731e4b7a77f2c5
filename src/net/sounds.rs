//! Loads the library of sounds from its folder: `zh/welcome.wav` becomes `zh/welcome`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::codec::SAMPLE_RATE;
use crate::media::sound::{Encoded, MAX_SAMPLES, Sounds};

/// Folders below the folder of sounds that are looked into.
const DEPTH: usize = 4;

/// Why the library cannot be loaded. All of it is the operator's.
#[derive(Debug, thiserror::Error)]
pub enum SoundsError {
    #[error("{}: {error}", .path.display())]
    Read { path: PathBuf, error: std::io::Error },
    #[error("{}: {error}", .path.display())]
    Wav { path: PathBuf, error: hound::Error },
    #[error("{}: must be 8 kHz, one channel, 16 bit; is {rate} Hz, {channels} channels, {bits} bit", .path.display())]
    Format { path: PathBuf, rate: u32, channels: u16, bits: u16 },
    #[error("{}: longer than 15 minutes", .path.display())]
    TooLong { path: PathBuf },
}

/// Reads every `.wav` below `folder`.
pub fn load(folder: &Path) -> Result<Sounds, SoundsError> {
    let mut sounds = Sounds::new();
    load_below(folder, "", DEPTH, &mut sounds)?;
    Ok(sounds)
}

fn load_below(folder: &Path, prefix: &str, depth: usize, sounds: &mut Sounds) -> Result<(), SoundsError> {
    let failed = |error| SoundsError::Read { path: folder.to_owned(), error };
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let Some(stem) = path.file_stem().and_then(|stem| stem.to_str()) else { continue };
        let name = format!("{prefix}{stem}");
        if path.is_dir() && depth > 0 {
            load_below(&path, &format!("{name}/"), depth - 1, sounds)?;
        } else if path.extension().is_some_and(|e| e == "wav") {
            sounds.insert(&name, Encoded::new(&samples(&path)?));
        }
    }
    Ok(())
}

fn samples(path: &Path) -> Result<Vec<i16>, SoundsError> {
    let failed = |error| SoundsError::Wav { path: path.to_owned(), error };
    let reader = hound::WavReader::open(path).map_err(failed)?;
    let spec = reader.spec();
    if (spec.sample_rate, spec.channels, spec.bits_per_sample) != (SAMPLE_RATE, 1, 16) {
        let (rate, channels, bits) = (spec.sample_rate, spec.channels, spec.bits_per_sample);
        return Err(SoundsError::Format { path: path.to_owned(), rate, channels, bits });
    }
    if reader.duration() as usize > MAX_SAMPLES {
        return Err(SoundsError::TooLong { path: path.to_owned() });
    }
    reader.into_samples().collect::<Result<_, _>>().map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path, sample_rate: u32) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let spec =
            hound::WavSpec { channels: 1, sample_rate, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
        let mut writer = hound::WavWriter::create(path, spec).unwrap();
        (0..800i16).for_each(|s| writer.write_sample(s).unwrap());
        writer.finalize().unwrap();
    }

    #[test]
    fn names_follow_the_folders_and_a_wrong_format_is_named() {
        let folder = tempfile::tempdir().unwrap();
        write(&folder.path().join("zh/welcome.wav"), 8_000);
        write(&folder.path().join("music/hold.wav"), 8_000);
        fs::write(folder.path().join("texts.toml"), "").unwrap();
        let sounds = load(folder.path()).unwrap();
        assert_eq!(sounds.iter().collect::<Vec<_>>(), [("music/hold", 100), ("zh/welcome", 100)]);
        write(&folder.path().join("en/fast.wav"), 16_000);
        let error = load(folder.path()).unwrap_err().to_string();
        assert!(error.contains("en/fast.wav") && error.contains("16000 Hz"), "{error}");
    }
}
