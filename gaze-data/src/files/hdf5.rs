//! HDF5 files under limits, on top of `hdf5-pure`.
//!
//! That crate reads on demand and refuses data that it cannot reproduce. Here the size of a data set is compared with a
//! limit before it is read, and every error names the file.

use std::path::{Path, PathBuf};

use gaze_core::Size;
use half::{bf16, f16};
use hdf5_pure::{AttrValue, DType, Dataset, Datatype, DatatypeByteOrder, Error, File, Group, VlenStringReadOptions};

use crate::{DataError, error::Problem, files::plane::Numbers};

/// The most elements of one data set that are read; as numbers of 64 bits they take a gigabyte.
const ELEMENTS: usize = 1 << 27;

/// The most bytes of one data set that are read, the number of bytes that any data set may have, and the number of further
/// bytes that it may have for each byte of the file: deflate makes equal bytes at most 1032 times smaller, and a data set
/// whose parts were never written is of no use here.
const LARGEST: u64 = 1 << 30;
const SMALL: u64 = 1 << 22;
const PER_BYTE: u64 = 1032;

/// The most bytes of text in one data set.
const TEXT: usize = 1 << 28;

/// The greatest depth to which groups are searched.
const DEPTH: usize = 16;

/// Tells whether these are the bytes of an HDF5 file, which may begin with a block of another format.
#[cfg(feature = "mat")]
pub(crate) fn is_hdf5(bytes: &[u8]) -> bool {
    hdf5_pure::is_hdf5_bytes(bytes)
}

/// An open file.
pub(crate) struct Hdf5 {
    file: File,
    length: u64,
    /// The name of the file in errors.
    shown: PathBuf,
}

impl Hdf5 {
    /// Opens a file, whose parts are read when they are asked for.
    pub(crate) fn open(path: &Path, shown: &Path) -> Result<Self, DataError> {
        let length = path.metadata().map_err(|cause| crate::files::folder::io_error(shown, cause))?.len();
        let file = File::open_streaming(path).map_err(|cause| error(shown, cause))?;
        Ok(Self { file, length, shown: shown.to_owned() })
    }

    pub(crate) fn from_bytes(bytes: Vec<u8>, shown: &Path) -> Result<Self, DataError> {
        let length = bytes.len() as u64;
        let file = File::from_bytes(bytes).map_err(|cause| error(shown, cause))?;
        Ok(Self { file, length, shown: shown.to_owned() })
    }

    #[cfg(feature = "mat")]
    pub(crate) fn root(&self) -> Group {
        self.file.root()
    }

    pub(crate) fn error(&self, cause: Error) -> DataError {
        error(&self.shown, cause)
    }

    /// Returns the name of the file in errors.
    pub(crate) fn shown(&self) -> &Path {
        &self.shown
    }

    pub(crate) fn problem(&self, place: &str, expected: &str, found: &impl ToString) -> DataError {
        Problem::new(place, expected, found).at(&self.shown)
    }

    /// Reads an attribute of a group (`""` is the root); returns `None` if the group has no attribute of the name.
    pub(crate) fn attribute(&self, group: &str, name: &str) -> Result<Option<AttrValue>, DataError> {
        let group = if group.is_empty() { Ok(self.file.root()) } else { self.file.group(group) };
        let mut attributes = group.and_then(|group| group.attrs()).map_err(|cause| self.error(cause))?;
        Ok(attributes.remove(name))
    }

    /// Reads an attribute that is text; returns `None` if there is no such attribute or it is something else.
    pub(crate) fn text(&self, group: &str, name: &str) -> Result<Option<String>, DataError> {
        Ok(self.attribute(group, name)?.and_then(|value| value.as_str().map(str::to_owned)))
    }

    pub(crate) fn has(&self, path: &str) -> bool {
        self.file.dataset(path).is_ok()
    }

    /// Lists the paths of all data sets, in the file's order.
    pub(crate) fn datasets(&self) -> Result<Vec<String>, DataError> {
        let mut paths = Vec::new();
        self.list(&self.file.root(), "", DEPTH, &mut paths)?;
        Ok(paths)
    }

    fn list(&self, group: &Group, prefix: &str, depth: usize, paths: &mut Vec<String>) -> Result<(), DataError> {
        let names = group.datasets().map_err(|cause| self.error(cause))?;
        paths.extend(names.into_iter().map(|name| format!("{prefix}{name}")));
        if let Some(depth) = depth.checked_sub(1) {
            for name in group.groups().map_err(|cause| self.error(cause))? {
                let inner = group.group(&name).map_err(|cause| self.error(cause))?;
                self.list(&inner, &format!("{prefix}{name}/"), depth, paths)?;
            }
        }
        Ok(())
    }

    pub(crate) fn dataset(&self, path: &str) -> Result<Dataset, DataError> {
        self.file.dataset(path).map_err(|cause| self.error(cause))
    }

    /// Reads the shape of a data set.
    pub(crate) fn shape(&self, path: &str) -> Result<Vec<usize>, DataError> {
        self.shape_of(path, &self.dataset(path)?)
    }

    /// Reads the shape of a data set, and fails if it has more elements or bytes than are read.
    pub(crate) fn shape_of(&self, path: &str, dataset: &Dataset) -> Result<Vec<usize>, DataError> {
        let shape = dataset.shape().map_err(|cause| self.error(cause))?;
        let count = shape.iter().try_fold(1u64, |product, &side| product.checked_mul(side));
        if count.is_none_or(|count| count > ELEMENTS as u64) {
            let found = format!("shape {shape:?}");
            return Err(self.problem(path, &format!("at most {ELEMENTS} elements"), &found));
        }
        let each = dataset.element_size().map_err(|cause| self.error(cause))?.max(1);
        let size = count.and_then(|count| count.checked_mul(each)).unwrap_or(u64::MAX);
        let most = self.length.saturating_mul(PER_BYTE).saturating_add(SMALL).min(LARGEST);
        if size > most {
            let expected = format!("at most {most} bytes, as the file has {}", self.length);
            return Err(self.problem(path, &expected, &format!("shape {shape:?} of {each} bytes each")));
        }
        Ok(shape.into_iter().map(|side| usize::try_from(side).unwrap_or(usize::MAX)).collect())
    }

    /// Reads the shape of a data set whose values are read next, and fails if its parts do not lie within the file, as memory
    /// is allocated for parts on the word of their sizes.
    fn readable(&self, path: &str, dataset: &Dataset) -> Result<Vec<usize>, DataError> {
        let shape = self.shape_of(path, dataset)?;
        if !dataset.is_chunked() {
            return Ok(shape);
        }
        // The crate walks each part row by row, even the rows outside the array, so the size of a part is limited, too.
        let sides = dataset.chunk_shape().map_err(|cause| self.error(cause))?.unwrap_or_default();
        let count = sides.iter().try_fold(1u64, |product, &side| product.checked_mul(side));
        // Parts that cannot be listed are read through an index, which checks them itself.
        let parts = dataset.chunks().unwrap_or_default();
        let far = parts.iter().flat_map(|part| &part.offset).any(|&place| place > ELEMENTS as u64);
        if far || count.is_none_or(|count| count > ELEMENTS as u64) {
            let expected = format!("in parts of at most {ELEMENTS} elements within it");
            return Err(self.problem(path, &expected, &format!("parts of shape {sides:?}")));
        }
        let ends = parts.iter().map(|part| part.address.saturating_add(part.storage_size));
        match ends.max() {
            Some(end) if end > self.length => {
                let expected = format!("in parts within the {} bytes of the file", self.length);
                Err(self.problem(path, &expected, &format!("one that ends at byte {end}")))
            }
            _ => Ok(shape),
        }
    }

    /// Reads a data set of numbers of any type.
    pub(crate) fn numbers(&self, path: &str) -> Result<Numbers, DataError> {
        let dataset = self.dataset(path)?;
        let shape = self.readable(path, &dataset)?;
        let kind = dataset.dtype().map_err(|cause| self.error(cause))?;
        let half = match dataset.datatype().map_err(|cause| self.error(cause))? {
            Datatype::FloatingPoint { size: 2, byte_order, layout } => Some((byte_order, layout.exponent_size)),
            _ => None,
        };
        let (values, kind) = match half {
            // The crate reads floating-point numbers of 32 and 64 bits.
            Some((byte_order, exponent)) => {
                let bytes = dataset.read_raw().map_err(|cause| self.error(cause))?;
                (halves(&bytes, byte_order, exponent), if exponent == 8 { "bf16" } else { "f16" }.to_owned())
            }
            None => (dataset.read_f64().map_err(|cause| self.error(cause))?, kind.to_string()),
        };
        Ok(Numbers { shape, values, first_axis_fastest: false, kind, is_float: true })
    }

    /// Returns the size that a data set had before it was stored smaller, in its attribute `original_shape`; `None` without
    /// the attribute.
    pub(crate) fn original_size(&self, path: &str) -> Result<Option<Size>, DataError> {
        let attributes = self.dataset(path)?.attrs().map_err(|cause| self.error(cause))?;
        let Some(value) = attributes.get("original_shape") else { return Ok(None) };
        let sides: Option<Vec<usize>> = match value {
            AttrValue::I64Array(sides) => sides.iter().map(|&side| usize::try_from(side).ok()).collect(),
            AttrValue::U64Array(sides) => sides.iter().map(|&side| usize::try_from(side).ok()).collect(),
            AttrValue::I32Array(sides) => sides.iter().map(|&side| usize::try_from(side).ok()).collect(),
            AttrValue::U32Array(sides) => sides.iter().map(|&side| usize::try_from(side).ok()).collect(),
            _ => None,
        };
        let most = 1..=super::image::LONGEST_SIDE;
        match sides.as_deref() {
            Some(&[height, width, ..]) if most.contains(&height) && most.contains(&width) => {
                super::image::check_pixels(width as u64, height as u64, &self.shown)?;
                Ok(Some(Size { height, width }))
            }
            _ => Err(self.problem(&format!("{path}, original_shape"), "height and width", &format!("{value:?}"))),
        }
    }

    /// Reads a data set of bytes, with its shape.
    pub(crate) fn bytes(&self, path: &str) -> Result<(Vec<usize>, Vec<u8>), DataError> {
        let dataset = self.dataset(path)?;
        let shape = self.readable(path, &dataset)?;
        Ok((shape, dataset.read_u8().map_err(|cause| self.error(cause))?))
    }

    /// Reads a data set of records, as PyTables writes them: calls `take` with each row, some thousands of which are in
    /// memory. The names and types of the fields come with the row.
    pub(crate) fn records(
        &self,
        path: &str,
        mut take: impl FnMut(&Record<'_>) -> Result<(), DataError>,
    ) -> Result<(), DataError> {
        let dataset = self.dataset(path)?;
        let shape = self.readable(path, &dataset)?;
        let (Datatype::Compound { size, members }, &[rows]) =
            (dataset.datatype().map_err(|cause| self.error(cause))?, shape.as_slice())
        else {
            return Err(self.problem(path, "a list of records", &format!("shape {shape:?}")));
        };
        let fields: Vec<Field> = members.iter().filter_map(Field::of).collect();
        let size = usize::try_from(size).unwrap_or(usize::MAX).max(1);
        for first in (0..rows as u64).step_by(RECORDS) {
            let bytes = dataset.read_raw_rows(first, RECORDS as u64).map_err(|cause| self.error(cause))?;
            for bytes in bytes.chunks_exact(size) {
                take(&Record { fields: &fields, bytes })?;
            }
        }
        Ok(())
    }

    /// Reads a data set of texts.
    pub(crate) fn texts(&self, path: &str) -> Result<Vec<String>, DataError> {
        let dataset = self.dataset(path)?;
        self.readable(path, &dataset)?;
        let texts = match dataset.dtype().map_err(|cause| self.error(cause))? {
            DType::VariableLengthString => {
                let limits = VlenStringReadOptions::new().with_max_elements(ELEMENTS).with_max_payload_bytes(TEXT);
                dataset.read_vlen_strings(limits)
            }
            _ => dataset.read_string(),
        };
        texts.map_err(|cause| self.error(cause))
    }

    /// Reads a data set of numbers or texts as text.
    pub(crate) fn labels(&self, path: &str) -> Result<Vec<String>, DataError> {
        match self.numbers(path) {
            Ok(array) => Ok(array.values.iter().map(ToString::to_string).collect()),
            Err(_) => self.texts(path),
        }
    }
}

/// The number of records that are read at once.
const RECORDS: usize = 4096;

/// A field of a record.
struct Field {
    name: String,
    start: usize,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    Float(usize),
    Signed(usize),
    Unsigned(usize),
    Text(usize),
}

impl Field {
    /// Returns a field of a type that is read; others, and those with the greater byte first, are left out.
    fn of(member: &hdf5_pure::CompoundMember) -> Option<Self> {
        use hdf5_pure::DatatypeByteOrder::LittleEndian;
        let length = |size: u32| usize::try_from(size).ok();
        let kind = match &member.datatype {
            Datatype::FloatingPoint { size, byte_order: LittleEndian, .. } => Kind::Float(length(*size)?),
            Datatype::FixedPoint { size, byte_order: LittleEndian, layout } if layout.signed => {
                Kind::Signed(length(*size)?)
            }
            Datatype::FixedPoint { size, byte_order: LittleEndian, .. } => Kind::Unsigned(length(*size)?),
            Datatype::String { size, .. } => Kind::Text(length(*size)?),
            _ => return None,
        };
        Some(Self { name: member.name.clone(), start: usize::try_from(member.byte_offset).ok()?, kind })
    }
}

/// A row of a data set of records.
pub(crate) struct Record<'a> {
    fields: &'a [Field],
    bytes: &'a [u8],
}

impl Record<'_> {
    /// Returns the names of the fields.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|field| field.name.as_str())
    }

    fn field(&self, name: &str) -> Option<(Kind, &[u8])> {
        let field = self.fields.iter().find(|field| field.name == name)?;
        let (Kind::Float(size) | Kind::Signed(size) | Kind::Unsigned(size) | Kind::Text(size)) = field.kind;
        Some((field.kind, self.bytes.get(field.start..field.start.checked_add(size)?)?))
    }

    /// Reads a number; `None` if there is no such field or it is no number.
    pub(crate) fn number(&self, name: &str) -> Option<f64> {
        let (kind, bytes) = self.field(name)?;
        match kind {
            Kind::Float(4) => Some(f64::from(f32::from_le_bytes(bytes.try_into().ok()?))),
            Kind::Float(8) => Some(f64::from_le_bytes(bytes.try_into().ok()?)),
            Kind::Signed(size @ 1..=8) | Kind::Unsigned(size @ 1..=8) => {
                let is_negative = matches!(kind, Kind::Signed(_)) && bytes.last().is_some_and(|byte| byte & 0x80 != 0);
                let mut whole = [if is_negative { 0xff } else { 0 }; 8];
                whole[..size].copy_from_slice(bytes);
                let number = i64::from_le_bytes(whole);
                Some(if is_negative || size < 8 { number as f64 } else { u64::from_le_bytes(whole) as f64 })
            }
            _ => None,
        }
    }

    /// Reads a text; `None` if there is no such field or it is no text.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        let (Kind::Text(_), bytes) = self.field(name)? else { return None };
        let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
        Some(String::from_utf8_lossy(&bytes[..end]).trim().to_owned())
    }
}

/// Reads numbers of 16 bits: IEEE's, or bfloat16, whose exponent has 8 bits.
fn halves(bytes: &[u8], byte_order: DatatypeByteOrder, exponent: u8) -> Vec<f64> {
    let pairs = bytes.chunks_exact(2).map(|pair| match byte_order {
        DatatypeByteOrder::BigEndian => u16::from_be_bytes([pair[0], pair[1]]),
        _ => u16::from_le_bytes([pair[0], pair[1]]),
    });
    let wide = |bits| if exponent == 8 { f64::from(bf16::from_bits(bits)) } else { f64::from(f16::from_bits(bits)) };
    pairs.map(wide).collect()
}

fn error(shown: &Path, cause: Error) -> DataError {
    DataError::Hdf5 { path: shown.to_owned(), cause: Box::new(cause) }
}
