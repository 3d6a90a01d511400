//! The vector instructions for which a loop is compiled.

use pulp::{Arch, Simd, WithSimd};

/// A set of vector instructions that this machine has.
#[derive(Clone, Copy, Debug)]
pub(in crate::gaze_lite) enum Vectors {
    /// The widest set that `pulp` detects.
    Detected(Arch),
    /// SSE 4.2, for processors of the x86 family without AVX2, which `pulp` would serve number by number.
    #[cfg(target_arch = "x86_64")]
    Sse(pulp::x86::V2),
}

impl Vectors {
    /// The widest instructions of this machine.
    pub(in crate::gaze_lite) fn widest() -> Self {
        let detected = Arch::new();
        #[cfg(target_arch = "x86_64")]
        if matches!(detected, Arch::Scalar)
            && let Some(sse) = pulp::x86::V2::try_new()
        {
            return Self::Sse(sse);
        }
        Self::Detected(detected)
    }

    /// All instructions of this machine, the widest first, with their names.
    #[cfg(test)]
    pub(in crate::gaze_lite) fn all() -> Vec<(&'static str, Self)> {
        #[cfg(target_arch = "x86_64")]
        {
            let wide = pulp::x86::V4::try_new().map(|simd| ("AVX-512", Self::Detected(Arch::V4(simd))));
            let middle = pulp::x86::V3::try_new().map(|simd| ("AVX2", Self::Detected(Arch::V3(simd))));
            let narrow = pulp::x86::V2::try_new().map(|simd| ("SSE", Self::Sse(simd)));
            let one = Some(("scalar", Self::Detected(Arch::Scalar)));
            [wide, middle, narrow, one].into_iter().flatten().collect()
        }
        #[cfg(not(target_arch = "x86_64"))]
        {
            vec![("detected", Self::widest())]
        }
    }

    /// Runs a loop that was compiled for these instructions.
    pub(in crate::gaze_lite) fn run<W: WithSimd>(self, work: W) -> W::Output {
        match self {
            Self::Detected(arch) => arch.dispatch(work),
            #[cfg(target_arch = "x86_64")]
            Self::Sse(simd) => Simd::vectorize(simd, work),
        }
    }
}

/// Computes `a · b + c`: with one rounding where the machine has an instruction for that, with two where it has none.
#[inline(always)]
pub(super) fn multiply_add<S: Simd>(simd: S, a: S::f32s, b: S::f32s, c: S::f32s) -> S::f32s {
    // `pulp` would compute the single rounding of SSE number by number.
    if cfg!(target_arch = "x86_64") && S::F32_LANES <= 4 {
        simd.add_f32s(simd.mul_f32s(a, b), c)
    } else {
        simd.mul_add_e_f32s(a, b, c)
    }
}

/// Limits numbers to the range from 0 to 6.
#[inline(always)]
pub(super) fn limit<S: Simd>(simd: S, numbers: S::f32s) -> S::f32s {
    simd.min_f32s(simd.max_f32s(numbers, simd.splat_f32s(0.0)), simd.splat_f32s(6.0))
}
