//! The pickle of a state dict, instruction by instruction as `torch.save` writes it (protocol 2).

use std::collections::HashMap;

use crate::synthetic::manifest::{Dtype, Entry};

/// The pickle of an `OrderedDict` of these tensors. The numbers of entry `i` are in the storage with key `i`.
pub(super) fn state_dict(entries: &[Entry]) -> Vec<u8> {
    let mut pickle = Pickle { bytes: b"\x80\x02".to_vec(), remembered: 0, known: HashMap::new() };
    pickle.shared(b"ccollections\nOrderedDict\n");
    pickle.raw(b")R");
    pickle.remember();
    pickle.raw(b"(");
    for (key, entry) in entries.iter().enumerate() {
        pickle.tensor(key, entry);
    }
    pickle.raw(b"u.");
    pickle.bytes
}

struct Pickle {
    bytes: Vec<u8>,
    remembered: u32,
    /// Where what is written more than once was remembered.
    known: HashMap<Vec<u8>, u32>,
}

impl Pickle {
    fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Remembers the value on top of the stack; one byte says where, or four.
    fn remember(&mut self) -> u32 {
        let place = self.remembered;
        match u8::try_from(place) {
            Ok(place) => self.raw(&[b'q', place]),
            Err(_) => {
                self.raw(b"r");
                self.raw(&place.to_le_bytes());
            }
        }
        self.remembered += 1;
        place
    }

    /// Writes an instruction once, and then refers to what it made.
    fn shared(&mut self, instruction: &[u8]) {
        match self.known.get(instruction).copied().map(|place| (place, u8::try_from(place))) {
            None => {
                self.raw(instruction);
                let place = self.remember();
                self.known.insert(instruction.to_vec(), place);
            }
            Some((_, Ok(place))) => self.raw(&[b'h', place]),
            Some((place, Err(_))) => {
                self.raw(b"j");
                self.raw(&place.to_le_bytes());
            }
        }
    }

    fn text(text: &str) -> Vec<u8> {
        let length = u32::try_from(text.len()).expect("names are short");
        [b"X", &length.to_le_bytes()[..], text.as_bytes()].concat()
    }

    fn integer(&mut self, number: usize) {
        match (u8::try_from(number), u16::try_from(number)) {
            (Ok(byte), _) => self.raw(&[b'K', byte]),
            (_, Ok(two)) => {
                self.raw(b"M");
                self.raw(&two.to_le_bytes());
            }
            _ => {
                self.raw(b"J");
                self.raw(&i32::try_from(number).expect("no tensor has more elements").to_le_bytes());
            }
        }
    }

    fn lengths(&mut self, lengths: &[usize]) {
        if lengths.len() > 3 {
            self.raw(b"(");
        }
        for &length in lengths {
            self.integer(length);
        }
        // Short tuples have instructions of their own; the empty one is not remembered.
        self.raw([&b")"[..], b"\x85", b"\x86", b"\x87", b"t"][lengths.len().min(4)]);
        if !lengths.is_empty() {
            self.remember();
        }
    }

    fn tensor(&mut self, key: usize, entry: &Entry) {
        self.raw(&Self::text(&entry.key));
        self.remember();
        self.shared(b"ctorch._utils\n_rebuild_tensor_v2\n");
        self.raw(b"((");
        self.shared(&Self::text("storage"));
        self.shared(match entry.dtype {
            Dtype::Float32 => b"ctorch\nFloatStorage\n",
            Dtype::Int64 => b"ctorch\nLongStorage\n",
        });
        self.raw(&Self::text(&key.to_string()));
        self.remember();
        self.shared(&Self::text("cpu"));
        self.integer(entry.elements());
        self.raw(b"t");
        self.remember();
        self.raw(b"Q");
        self.integer(0);
        self.lengths(&entry.shape);
        let strides: Vec<usize> = (1..=entry.shape.len()).map(|axis| entry.shape[axis..].iter().product()).collect();
        self.lengths(&strides);
        // No gradient is wanted, and no hooks: an empty OrderedDict.
        self.raw(b"\x89");
        self.shared(b"ccollections\nOrderedDict\n");
        self.raw(b")R");
        self.remember();
        self.raw(b"t");
        self.remember();
        self.raw(b"R");
        self.remember();
    }
}
