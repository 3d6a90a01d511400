//! A reader of pickles that runs nothing: it knows the few instructions, functions and classes of a state dict.
//!
//! A pickle is a program for a stack machine, and Python's own reader calls whatever function the program names. This
//! reader has a fixed list of functions ([`Global`]) and makes plain values of them. Classes of a TorchScript program make
//! objects with nothing but attributes; the program itself is never read. Every other name and instruction is an error. Values live in one list and refer to each other by their place in it, so shared and circular values
//! need no special care. Each instruction makes one value at most, so [`MAX_STEPS`] bounds the memory.
//!
//! The instructions are those of protocol 2, which `torch.save` writes: Python's `pickletools` describes each.

use std::collections::HashMap;

use crate::weights::{Dtype, FileProblem};

/// The largest number of instructions of one pickle. A state dict takes about 30 per tensor.
const MAX_STEPS: usize = 1 << 22;

/// A value's place in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Id(u32);

/// The functions and classes that a state dict needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Global {
    OrderedDict,
    RebuildTensor,
    RebuildParameter,
    /// A class of a TorchScript program.
    Class,
    /// A function of TorchScript's that gives its first argument a more exact type.
    Typed,
    /// A class of storages, by the type of its numbers. `Err` is a type that weights do not have.
    Storage(Result<Dtype, &'static str>),
}

impl Global {
    fn find(module: &str, name: &str) -> Option<Self> {
        Some(match (module, name) {
            ("collections", "OrderedDict") => Self::OrderedDict,
            ("torch._utils", "_rebuild_tensor" | "_rebuild_tensor_v2") => Self::RebuildTensor,
            ("torch._utils", "_rebuild_parameter") => Self::RebuildParameter,
            (
                "torch.jit._pickle",
                "build_intlist" | "build_doublelist" | "build_boollist" | "build_tensorlist" | "restore_type_tag",
            ) => Self::Typed,
            ("torch", "DoubleStorage") => Self::Storage(Ok(Dtype::F64)),
            ("torch", "FloatStorage") => Self::Storage(Ok(Dtype::F32)),
            ("torch", "HalfStorage") => Self::Storage(Ok(Dtype::F16)),
            ("torch", "BFloat16Storage") => Self::Storage(Ok(Dtype::Bf16)),
            ("torch", "LongStorage") => Self::Storage(Ok(Dtype::I64)),
            ("torch", "IntStorage") => Self::Storage(Ok(Dtype::I32)),
            ("torch", "ShortStorage") => Self::Storage(Ok(Dtype::I16)),
            ("torch", "CharStorage") => Self::Storage(Ok(Dtype::I8)),
            ("torch", "ByteStorage") => Self::Storage(Ok(Dtype::U8)),
            ("torch", "BoolStorage") => Self::Storage(Ok(Dtype::Bool)),
            ("torch", "ComplexFloatStorage") => Self::Storage(Err("complex64")),
            ("torch", "ComplexDoubleStorage") => Self::Storage(Err("complex128")),
            ("torch", "QInt8Storage") => Self::Storage(Err("qint8")),
            ("torch", "QUInt8Storage") => Self::Storage(Err("quint8")),
            ("torch", "QInt32Storage") => Self::Storage(Err("qint32")),
            _ if module == "__torch__" || module.starts_with("__torch__.") => Self::Class,
            _ => return None,
        })
    }
}

/// Numbers that lie outside the pickle, in a part of the archive or further on in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Storage<'a> {
    pub(super) key: &'a str,
    pub(super) dtype: Result<Dtype, &'static str>,
    /// The number of values.
    pub(super) length: u64,
}

/// A window on a storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tensor<'a> {
    pub(super) storage: Storage<'a>,
    /// The index of the first number in the storage.
    pub(super) offset: usize,
    pub(super) shape: Vec<usize>,
    pub(super) strides: Vec<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value<'a> {
    None,
    Bool(bool),
    Int(i64),
    /// A floating-point number, whose value is not needed.
    Float,
    Text(&'a str),
    Tuple(Vec<Id>),
    List(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    /// An object of a TorchScript program, with the value of its attributes once they are set.
    Object(Option<Id>),
    Global(Global),
    Storage(Storage<'a>),
    Tensor(Box<Tensor<'a>>),
}

impl Value<'_> {
    /// Describes the kind of value for a message.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Bool(_) => "a truth value",
            Self::Int(_) | Self::Float => "a number",
            Self::Text(_) => "a text",
            Self::Tuple(_) => "a tuple",
            Self::List(_) => "a list",
            Self::Dict(_) => "a dictionary",
            Self::Object(_) => "an object",
            Self::Global(_) => "a function or class",
            Self::Storage(_) => "a storage",
            Self::Tensor(_) => "a tensor",
        }
    }
}

/// The values that a pickle holds.
#[derive(Debug)]
pub(super) struct Pickle<'a> {
    values: Vec<Value<'a>>,
    root: Id,
    /// The offset behind the pickle's last byte.
    pub(super) end: usize,
}

impl<'a> Pickle<'a> {
    /// Reads the pickle that begins at `start`.
    pub(super) fn read(bytes: &'a [u8], start: usize) -> Result<Self, FileProblem> {
        let mut machine = Machine {
            bytes,
            at: start,
            step: start,
            values: Vec::new(),
            stack: Vec::new(),
            marks: Vec::new(),
            memo: HashMap::new(),
        };
        let root = machine.run()?;
        Ok(Self { values: machine.values, root, end: machine.at })
    }

    /// The attributes of an object; none if there are none that can be read.
    pub(super) fn attributes(&self, object: &Value<'a>) -> Option<&[(Id, Id)]> {
        let Value::Object(state) = object else { return None };
        match state.map(|state| self.value(state)) {
            Some(Value::Dict(attributes)) => Some(attributes),
            _ => Some(&[]),
        }
    }

    pub(super) fn root(&self) -> &Value<'a> {
        self.value(self.root)
    }

    pub(super) fn value(&self, id: Id) -> &Value<'a> {
        &self.values[id.0 as usize]
    }

    /// Lists all storages that are mentioned anywhere.
    pub(super) fn storages(&self) -> impl Iterator<Item = &Storage<'a>> {
        self.values.iter().filter_map(|value| if let Value::Storage(storage) = value { Some(storage) } else { None })
    }
}

/// The state of the stack machine.
struct Machine<'a> {
    bytes: &'a [u8],
    /// The offset of the next byte.
    at: usize,
    /// The offset of the current instruction.
    step: usize,
    values: Vec<Value<'a>>,
    stack: Vec<Id>,
    /// The heights of the stack down to which tuples and lists reach.
    marks: Vec<usize>,
    memo: HashMap<u32, Id>,
}

impl<'a> Machine<'a> {
    fn run(&mut self) -> Result<Id, FileProblem> {
        for _ in 0..MAX_STEPS {
            self.step = self.at;
            let [opcode] = self.array()?;
            match opcode {
                // PROTO
                0x80 => match self.array()? {
                    [1 | 2] => {}
                    _ => return Err(self.damaged("the protocol is not 2, which `torch.save` writes by itself")),
                },
                b'.' => return self.stop(),
                b'(' => self.marks.push(self.stack.len()),
                b'N' => self.push(Value::None),
                0x88 => self.push(Value::Bool(true)),
                0x89 => self.push(Value::Bool(false)),
                b'K' => self.integer(1)?,
                b'M' => self.integer(2)?,
                b'J' => {
                    let number = i32::from_le_bytes(self.array()?);
                    self.push(Value::Int(number.into()));
                }
                // LONG1
                0x8a => self.long()?,
                b'G' => {
                    self.take(8)?;
                    self.push(Value::Float);
                }
                b'X' => {
                    let length = u32::from_le_bytes(self.array()?);
                    self.text(length as usize)?;
                }
                // SHORT_BINSTRING, with which Python 2 wrote texts
                b'U' => {
                    let [length] = self.array()?;
                    self.text(length.into())?;
                }
                b')' => self.push(Value::Tuple(Vec::new())),
                b'}' => self.push(Value::Dict(Vec::new())),
                b']' => self.push(Value::List(Vec::new())),
                0x85 => self.tuple(1)?,
                0x86 => self.tuple(2)?,
                0x87 => self.tuple(3)?,
                b't' => {
                    let items = self.pop_to_mark()?;
                    self.push(Value::Tuple(items));
                }
                b's' => {
                    let (value, key) = (self.pop()?, self.pop()?);
                    self.set_items(&[key, value])?;
                }
                b'u' => {
                    let items = self.pop_to_mark()?;
                    self.set_items(&items)?;
                }
                b'a' => {
                    let item = self.pop()?;
                    self.append(&[item])?;
                }
                b'e' => {
                    let items = self.pop_to_mark()?;
                    self.append(&items)?;
                }
                b'q' => {
                    let [key] = self.array()?;
                    self.remember(key.into())?;
                }
                b'r' => {
                    let key = u32::from_le_bytes(self.array()?);
                    self.remember(key)?;
                }
                b'h' => {
                    let [key] = self.array()?;
                    self.recall(key.into())?;
                }
                b'j' => {
                    let key = u32::from_le_bytes(self.array()?);
                    self.recall(key)?;
                }
                b'c' => self.global()?,
                b'Q' => self.storage()?,
                b'R' => self.reduce()?,
                // NEWOBJ
                0x81 => self.object()?,
                b'b' => self.build()?,
                opcode => return Err(FileProblem::RefusedOpcode { opcode, at: self.step }),
            }
        }
        Err(self.damaged("it has more instructions than any state dict"))
    }

    fn damaged(&self, what: &'static str) -> FileProblem {
        FileProblem::Pickle { at: self.step, what }
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], FileProblem> {
        let rest = &self.bytes[self.at..];
        let Some(taken) = rest.get(..length) else {
            let (what, at) = ("the pickle".into(), self.at);
            return Err(FileProblem::CutShort { what, at, needed: length as u64, found: rest.len() });
        };
        self.at += length;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], FileProblem> {
        Ok(self.take(N)?.try_into().expect("as many bytes as were taken"))
    }

    fn push(&mut self, value: Value<'a>) {
        let id = u32::try_from(self.values.len()).expect("one value per step, and these are bounded");
        self.values.push(value);
        self.stack.push(Id(id));
    }

    fn pop(&mut self) -> Result<Id, FileProblem> {
        // Values below the last mark belong to a tuple or list that is still being made.
        if self.stack.len() <= self.marks.last().copied().unwrap_or(0) {
            return Err(self.damaged("it takes a value where there is none"));
        }
        self.stack.pop().ok_or_else(|| self.damaged("it takes a value where there is none"))
    }

    fn pop_to_mark(&mut self) -> Result<Vec<Id>, FileProblem> {
        let mark = self.marks.pop().ok_or_else(|| self.damaged("it takes values down to a mark that is not there"))?;
        Ok(self.stack.split_off(mark))
    }

    fn value(&self, id: Id) -> &Value<'a> {
        &self.values[id.0 as usize]
    }

    fn top(&mut self) -> Result<&mut Value<'a>, FileProblem> {
        let id = self.pop()?;
        self.stack.push(id);
        Ok(&mut self.values[id.0 as usize])
    }

    fn stop(&mut self) -> Result<Id, FileProblem> {
        let root = self.pop()?;
        if self.stack.is_empty() && self.marks.is_empty() {
            return Ok(root);
        }
        Err(self.damaged("it ends with more than one value"))
    }

    fn integer(&mut self, size: usize) -> Result<(), FileProblem> {
        let number = self.take(size)?.iter().rev().fold(0, |number, &byte| (number << 8) | i64::from(byte));
        self.push(Value::Int(number));
        Ok(())
    }

    /// Reads a signed number of up to eight bytes.
    fn long(&mut self) -> Result<(), FileProblem> {
        let [length] = self.array()?;
        let digits = self.take(length.into())?;
        if digits.len() > 8 {
            return Err(self.damaged("a number is too large"));
        }
        let negative = digits.last().is_some_and(|&byte| byte >= 0x80);
        let mut number = [if negative { 0xff } else { 0 }; 8];
        number[..digits.len()].copy_from_slice(digits);
        self.push(Value::Int(i64::from_le_bytes(number)));
        Ok(())
    }

    fn text(&mut self, length: usize) -> Result<(), FileProblem> {
        let bytes = self.take(length)?;
        let text = str::from_utf8(bytes).map_err(|_| self.damaged("a text is not UTF-8"))?;
        self.push(Value::Text(text));
        Ok(())
    }

    fn tuple(&mut self, length: usize) -> Result<(), FileProblem> {
        let mut items = (0..length).map(|_| self.pop()).collect::<Result<Vec<_>, _>>()?;
        items.reverse();
        self.push(Value::Tuple(items));
        Ok(())
    }

    fn set_items(&mut self, items: &[Id]) -> Result<(), FileProblem> {
        let (pairs, rest) = items.as_chunks::<2>();
        if !rest.is_empty() {
            return Err(self.damaged("a key has no value"));
        }
        let pairs: Vec<(Id, Id)> = pairs.iter().map(|&[key, value]| (key, value)).collect();
        let Value::Dict(entries) = self.top()? else {
            return Err(self.damaged("it sets items of what is no dictionary"));
        };
        entries.extend(pairs);
        Ok(())
    }

    fn append(&mut self, items: &[Id]) -> Result<(), FileProblem> {
        let Value::List(list) = self.top()? else {
            return Err(self.damaged("it appends to what is no list"));
        };
        list.extend(items);
        Ok(())
    }

    fn remember(&mut self, key: u32) -> Result<(), FileProblem> {
        let id = self.pop()?;
        self.stack.push(id);
        self.memo.insert(key, id);
        Ok(())
    }

    fn recall(&mut self, key: u32) -> Result<(), FileProblem> {
        let id = *self.memo.get(&key).ok_or_else(|| self.damaged("it refers to a value that is not there"))?;
        self.stack.push(id);
        Ok(())
    }

    fn line(&mut self) -> Result<&'a [u8], FileProblem> {
        let rest = &self.bytes[self.at..];
        let Some(length) = rest.iter().take(1000).position(|&byte| byte == b'\n') else {
            return Err(self.damaged("a name has no end"));
        };
        self.at += length + 1;
        Ok(&rest[..length])
    }

    fn global(&mut self) -> Result<(), FileProblem> {
        let module = String::from_utf8_lossy(self.line()?);
        let name = String::from_utf8_lossy(self.line()?);
        let Some(global) = Global::find(&module, &name) else {
            return Err(FileProblem::RefusedGlobal { name: format!("{module}.{name}"), at: self.step });
        };
        self.push(Value::Global(global));
        Ok(())
    }

    fn items(&self, id: Id) -> Option<&[Id]> {
        if let Value::Tuple(items) = self.value(id) { Some(items) } else { None }
    }

    /// Reads `("storage", class, key, device, length)`, and in the older layout a view, which has been `None` for
    /// years.
    fn storage(&mut self) -> Result<(), FileProblem> {
        let id = self.pop()?;
        let wrong = "a storage is not described as PyTorch does";
        let items: Vec<&Value<'a>> =
            self.items(id).ok_or_else(|| self.damaged(wrong))?.iter().map(|&item| self.value(item)).collect();
        let storage = match items[..] {
            [
                Value::Text("storage"),
                Value::Global(Global::Storage(dtype)),
                Value::Text(key),
                Value::Text(_),
                Value::Int(length),
            ]
            | [
                Value::Text("storage"),
                Value::Global(Global::Storage(dtype)),
                Value::Text(key),
                Value::Text(_),
                Value::Int(length),
                Value::None,
            ] => u64::try_from(*length).ok().map(|length| Storage { key, dtype: *dtype, length }),
            _ => None,
        };
        let storage = storage.ok_or_else(|| self.damaged(wrong))?;
        self.push(Value::Storage(storage));
        Ok(())
    }

    fn reduce(&mut self) -> Result<(), FileProblem> {
        let (arguments, function) = (self.pop()?, self.pop()?);
        let Value::Global(global) = *self.value(function) else {
            return Err(self.damaged("it calls what is no function"));
        };
        let arguments = self.items(arguments).ok_or_else(|| self.damaged("a call has no tuple of arguments"))?;
        match (global, arguments) {
            (Global::OrderedDict, []) => self.push(Value::Dict(Vec::new())),
            // A parameter is a tensor with a flag and hooks. Copying the reference makes no second value.
            (Global::RebuildParameter, &[tensor, ..]) if matches!(self.value(tensor), Value::Tensor(_)) => {
                self.stack.push(tensor);
            }
            // Copying the reference makes no second value.
            (Global::Typed, &[value, ..]) => self.stack.push(value),
            // The other arguments tell whether gradients are wanted, and name hooks.
            (Global::RebuildTensor, &[storage, offset, shape, strides, ..]) => {
                let tensor = self.tensor(storage, offset, shape, strides);
                let tensor = tensor.ok_or_else(|| self.damaged("a tensor is not described as PyTorch does"))?;
                self.push(Value::Tensor(Box::new(tensor)));
            }
            _ => return Err(self.damaged("a call has other arguments than PyTorch writes")),
        }
        Ok(())
    }

    fn tensor(&self, storage: Id, offset: Id, shape: Id, strides: Id) -> Option<Tensor<'a>> {
        let whole = |id: Id| if let Value::Int(number) = self.value(id) { usize::try_from(*number).ok() } else { None };
        let lengths = |id: Id| self.items(id)?.iter().map(|&item| whole(item)).collect::<Option<Vec<usize>>>();
        let Value::Storage(storage) = *self.value(storage) else { return None };
        let (shape, strides) = (lengths(shape)?, lengths(strides)?);
        let tensor = Tensor { storage, offset: whole(offset)?, shape, strides };
        (tensor.shape.len() == tensor.strides.len()).then_some(tensor)
    }

    /// Makes an object without attributes.
    fn object(&mut self) -> Result<(), FileProblem> {
        let (arguments, class) = (self.pop()?, self.pop()?);
        if self.items(arguments).is_none() || *self.value(class) != Value::Global(Global::Class) {
            return Err(self.damaged("it makes an object of what is no class of a TorchScript program"));
        }
        self.push(Value::Object(None));
        Ok(())
    }

    /// Sets attributes. Those of a state dict are versions of its layers, which are not needed.
    fn build(&mut self) -> Result<(), FileProblem> {
        let given = self.pop()?;
        match self.top()? {
            Value::Dict(_) => Ok(()),
            Value::Object(state) => {
                *state = Some(given);
                Ok(())
            }
            _ => Err(self.damaged("it sets attributes of what is no dictionary and no object")),
        }
    }
}
