//! The second backbone: the vision transformer ViT-B/14 of DINOv2, up to its last tap.
//!
//! Oquab et al. (2024), *DINOv2: Learning robust visual features without supervision*, TMLR. Every patch of 14 × 14 pixels is
//! a token, and one more token stands for the whole picture.

use tch::{TchError, Tensor};

use crate::nn::{Constant, Conv, Linear, Parameters, Shape, TokenNorm, length, pixel_by_pixel};

/// The number of blocks, and those whose outputs are tapped, from 0, in the order of the readout.
const BLOCKS: usize = 12;
const TAPS: [usize; 2] = [10, 6];
/// The number of channels of a token, and so of each tap.
pub(super) const CHANNELS: usize = 768;
/// The side of a patch in pixels.
pub(super) const PATCH: usize = 14;
const HEADS: usize = 12;
/// The number of channels inside a block's second half.
const WIDE: usize = 3072;
/// The rows and columns of the table of positions.
const TABLE: usize = 37;
/// The number that is added to the rows and columns of a picture before the table is enlarged to them, as in the training.
const OFFSET: f64 = 0.1;
const EPSILON: f64 = 1e-6;

/// The network up to its last tap.
#[derive(Debug)]
pub(super) struct Dino {
    patches: Conv,
    /// The token that stands for the whole picture, with its position added, `(1, 1, channels)`.
    class: Constant,
    /// The positions, `(1, channels, 37, 37)` in 32 bits.
    positions: Constant,
    blocks: Vec<Block>,
}

impl Dino {
    /// Reads the network.
    pub(super) fn read(from: &Parameters<'_, '_>) -> Result<Self, TchError> {
        let placement = from.placement;
        let places = TABLE * TABLE;
        let table = from.tensor("pos_embed", &[1, 1 + places, CHANNELS])?;
        let class = from.tensor("cls_token", &[1, 1, CHANNELS])?.f_add_(&table.f_narrow(1, 0, 1)?)?;
        let positions = table.f_narrow(1, 1, length(places))?.f_reshape([1, TABLE, TABLE, CHANNELS].map(length))?;
        let positions = positions.f_permute([0, 3, 1, 2])?.f_contiguous()?.f_to_device(placement.device)?;
        let shape = Shape { inputs: 3, outputs: CHANNELS, kernel: PATCH, stride: PATCH, padding: 0, groups: 1 };
        let patches = Conv::read_biased(&from.at("patch_embed"), "proj", shape)?;
        from.unused("mask_token", &[1, CHANNELS]);
        let used = TAPS.into_iter().max().map_or(0, |last| last + 1);
        let blocks = from.list("blocks", BLOCKS);
        blocks[used..].iter().for_each(Block::unused);
        TokenNorm::unused(from, "norm", CHANNELS);
        Ok(Self {
            patches,
            class: placement.of(&class)?.into(),
            positions: positions.into(),
            blocks: blocks[..used].iter().map(Block::read).collect::<Result<_, _>>()?,
        })
    }

    /// Computes the outputs of the tapped blocks, `(n, 768, h / 14, w / 14)` each, for normalised pictures `(n, 3, h, w)`
    /// whose sides are multiples of 14.
    pub(super) fn features(&self, pictures: &Tensor) -> Result<[Tensor; 2], TchError> {
        let patches = self.patches.forward(&pixel_by_pixel(pictures)?)?;
        let (n, channels, rows, columns) = patches.size4()?;
        let tokens = |maps: &Tensor| maps.f_permute([0, 2, 3, 1])?.f_reshape([-1, rows * columns, channels]);
        let mut x = tokens(&patches)?;
        x =
            x.f_add(&tokens(self.enlarged(rows, columns)?.as_ref().unwrap_or(&*self.positions))?.f_to_kind(x.kind())?)?;
        let class = self.class.f_expand([n, 1, channels], false)?;
        x = Tensor::f_cat(&[class, x], 1)?;
        let mut found = TAPS.map(|_| None);
        for (index, block) in self.blocks.iter().enumerate() {
            x = block.forward(&x)?;
            if let Some(tap) = TAPS.iter().position(|&tap| tap == index) {
                let maps = x.f_narrow(1, 1, rows * columns)?.f_reshape([n, rows, columns, channels])?;
                found[tap] = Some(maps.f_permute([0, 3, 1, 2])?);
            }
        }
        Ok(found.map(|tap| tap.expect("the last block that is read is the last tap")))
    }

    /// Enlarges or reduces the table of positions to this number of patches, `(1, channels, rows, columns)`. `None` if it has
    /// the right size as it is.
    fn enlarged(&self, rows: i64, columns: i64) -> Result<Option<Tensor>, TchError> {
        if [rows, columns] == [length(TABLE); 2] {
            return Ok(None);
        }
        #[expect(clippy::cast_precision_loss, reason = "the number of patches of a side is small")]
        let scale = |count: i64| (count as f64 + OFFSET) / TABLE as f64;
        self.positions.f_upsample_bicubic2d([rows, columns], false, scale(rows), scale(columns)).map(Some)
    }
}

/// A block: attention among all tokens, and two linear maps of each token; what either gives is added to its input.
#[derive(Debug)]
struct Block {
    norm1: TokenNorm,
    /// Queries, keys and values, one behind the other.
    qkv: Linear,
    /// The linear map behind the attention, with the factors of its channels multiplied in.
    projection: Linear,
    norm2: TokenNorm,
    wide: Linear,
    /// The linear map back, with the factors of its channels multiplied in.
    narrow: Linear,
}

impl Block {
    fn read(from: &Parameters<'_, '_>) -> Result<Self, TchError> {
        let factors = |name: &str| from.at(name).tensor("gamma", &[CHANNELS]);
        let (attention, mlp) = (from.at("attn"), from.at("mlp"));
        Ok(Self {
            norm1: TokenNorm::read(from, "norm1", CHANNELS, EPSILON)?,
            qkv: Linear::read(&attention, "qkv", CHANNELS, 3 * CHANNELS)?,
            projection: Linear::read_scaled(&attention, "proj", &factors("ls1")?, CHANNELS, CHANNELS)?,
            norm2: TokenNorm::read(from, "norm2", CHANNELS, EPSILON)?,
            wide: Linear::read(&mlp, "fc1", CHANNELS, WIDE)?,
            narrow: Linear::read_scaled(&mlp, "fc2", &factors("ls2")?, WIDE, CHANNELS)?,
        })
    }

    /// Tells the reader that the file has this block and that no prediction depends on it.
    fn unused(from: &Parameters<'_, '_>) {
        for (name, outputs, inputs) in [
            ("attn.qkv", 3 * CHANNELS, CHANNELS),
            ("attn.proj", CHANNELS, CHANNELS),
            ("mlp.fc1", WIDE, CHANNELS),
            ("mlp.fc2", CHANNELS, WIDE),
        ] {
            let from = from.at(name);
            from.unused("weight", &[outputs, inputs]);
            from.unused("bias", &[outputs]);
        }
        ["norm1", "norm2"].iter().for_each(|name| TokenNorm::unused(from, name, CHANNELS));
        ["ls1", "ls2"].iter().for_each(|name| from.at(name).unused("gamma", &[CHANNELS]));
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor, TchError> {
        let attended = self.attention(&self.norm1.forward(x)?)?.f_add_(x)?;
        let inner = self.wide.forward(&self.norm2.forward(&attended)?)?.f_gelu_("none")?;
        self.narrow.forward(&inner)?.f_add_(&attended)
    }

    /// Computes what each token takes from all tokens. libtorch does it block by block, so that the table of all pairs of
    /// tokens never exists.
    fn attention(&self, x: &Tensor) -> Result<Tensor, TchError> {
        let (n, tokens, channels) = x.size3()?;
        let heads = length(HEADS);
        let parts = self.qkv.forward(x)?.f_reshape([n, tokens, 3, heads, channels / heads])?;
        let part = |index: i64| parts.f_select(2, index)?.f_transpose(1, 2);
        let (queries, keys, values) = (part(0)?, part(1)?, part(2)?);
        let attended =
            Tensor::f_scaled_dot_product_attention::<&Tensor>(&queries, &keys, &values, None, 0.0, false, None, false)?;
        self.projection.forward(&attended.f_transpose(1, 2)?.f_reshape([n, tokens, channels])?)
    }
}
