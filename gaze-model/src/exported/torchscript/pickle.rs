//! A reader of the pickles of a TorchScript archive that runs nothing: it walks through the instructions and looks only at the
//! functions and classes that they name.
//!
//! The instructions are those that libtorch's pickler writes; Python's `pickletools` describes each.

/// Checks that a pickle names nothing but classes of the network's own code and what libtorch needs for its data. Returns the
/// name of the first class, with its module.
pub(super) fn check(bytes: &[u8]) -> Result<Option<(String, String)>, String> {
    let (mut rest, mut first) = (bytes, None);
    loop {
        let at = bytes.len() - rest.len();
        let cut = || format!("is a pickle that is cut short (byte {at})");
        let (&instruction, behind) = rest.split_first().ok_or_else(cut)?;
        rest = behind;
        match instruction {
            b'.' => return Ok(first),
            b'c' => {
                let (module, name);
                (module, rest) = line(rest).ok_or_else(cut)?;
                (name, rest) = line(rest).ok_or_else(cut)?;
                if !is_allowed(&module, &name) {
                    return Err(format!(
                        "asks for `{module}.{name}` (byte {at}), which no network needs and which could run any code; it is \
                         refused and nothing was run"
                    ));
                }
                if first.is_none() && is_own(&module) {
                    first = Some((module, name));
                }
            }
            _ => {
                let length = argument(instruction, rest).ok_or_else(cut)?.map_err(|()| {
                    format!("has instruction {instruction:#04x} at byte {at}, which no TorchScript archive needs; it is refused")
                })?;
                rest = rest.get(length..).ok_or_else(cut)?;
            }
        }
    }
}

/// The length of an instruction's argument: `None` if the pickle ends before, an error for other instructions.
fn argument(instruction: u8, rest: &[u8]) -> Option<Result<usize, ()>> {
    let size = |bytes: &[u8]| bytes.iter().rev().fold(0_usize, |size, &byte| (size << 8) | usize::from(byte));
    Some(Ok(match instruction {
        // MARK, NONE, NEWTRUE, NEWFALSE, empty and small collections, SETITEM(S), APPEND(S), NEWOBJ, REDUCE, BUILD, BINPERSID
        b'('
        | b'N'
        | 0x88
        | 0x89
        | b')'
        | b'}'
        | b']'
        | 0x85..=0x87
        | b't'
        | b's'
        | b'u'
        | b'a'
        | b'e'
        | 0x81
        | b'R'
        | b'b'
        | b'Q'
        | b'l'
        | b'd' => 0,
        // PROTO, BININT1, BINPUT, BINGET
        0x80 | b'K' | b'q' | b'h' => 1,
        b'M' => 2,
        // BININT, LONG_BINPUT, LONG_BINGET
        b'J' | b'r' | b'j' => 4,
        b'G' => 8,
        // LONG1, SHORT_BINSTRING
        0x8a | b'U' => 1 + size(rest.get(..1)?),
        // BINUNICODE, BINSTRING
        b'X' | b'T' => size(rest.get(..4)?).saturating_add(4),
        _ => return Some(Err(())),
    }))
}

/// Reads a line and the bytes behind it.
fn line(bytes: &[u8]) -> Option<(String, &[u8])> {
    let end = bytes.iter().take(4096).position(|&byte| byte == b'\n')?;
    Some((String::from_utf8_lossy(&bytes[..end]).into_owned(), &bytes[end + 1..]))
}

/// Tells whether a module is code of the archive itself.
fn is_own(module: &str) -> bool {
    module == "__torch__" || module.starts_with("__torch__.")
}

fn is_allowed(module: &str, name: &str) -> bool {
    match module {
        "collections" => name == "OrderedDict",
        "torch" => {
            name.ends_with("Storage") || matches!(name, "device" | "Size" | "per_tensor_affine" | "per_channel_affine")
        }
        "torch._utils" => matches!(name, "_rebuild_tensor_v2" | "_rebuild_qtensor" | "_rebuild_parameter"),
        "torch.jit._pickle" => true,
        _ => is_own(module),
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn a_class_of_the_networks_own_is_found() {
        let pickle = b"\x80\x02c__torch__.a\nNet\nq\0)\x81}(X\x01\0\0\0wK\x07ub.";
        assert_eq!(check(pickle), Ok(Some(("__torch__.a".to_owned(), "Net".to_owned()))));
        assert_eq!(check(b"\x80\x02)."), Ok(None));
    }

    #[test]
    fn a_call_of_anything_else_is_named_and_not_run() {
        for (pickle, expected) in [
            (&b"\x80\x02cos\nsystem\nX\x08\0\0\0echo owned\x85R."[..], "asks for `os.system` (byte 2)"),
            (b"\x80\x02cbuiltins\neval\n.", "asks for `builtins.eval`"),
            (b"\x80\x02ctorch\nload\n.", "asks for `torch.load`"),
            (b"\x80\x02c__torch__evil\nx\n.", "asks for `__torch__evil.x`"),
            // STACK_GLOBAL, INST, EXT1: other ways to name a function.
            (b"\x80\x02\x93.", "instruction 0x93"),
            (b"\x80\x02ios\nsystem\n.", "instruction 0x69"),
            (b"\x80\x02\x82\x01.", "instruction 0x82"),
        ] {
            let refused = check(pickle).unwrap_err();
            assert!(refused.contains(expected), "{refused}");
        }
    }

    #[test]
    fn a_pickle_cut_short_anywhere_is_refused() {
        let pickle = b"\x80\x02c__torch__\nNet\nq\0)\x81}(X\x01\0\0\0wK\x07ub.";
        for length in 0..pickle.len() {
            assert!(check(&pickle[..length]).is_err(), "{length}");
        }
    }
}
