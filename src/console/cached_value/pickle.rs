//! Walks a pickle's instructions, protocols 0 to 5, into a flat table of objects.
//!
//! Nothing is imported, called or built: a class is its name, a call is a pair. Objects refer to each other by number, so
//! neither reading nor dropping them recurses, and a memo that is used twice costs nothing. (The crate serde-pickle
//! overflows the stack on a list nested a thousand deep, 2 KB, and refuses a memo used twice.) Instructions reaching
//! outside the value (persistent ids, extensions, out-of-band buffers) are refused: no cache writes them.

use std::collections::HashMap;

use super::DecodeProblem;
use super::escapes::{quoted, string_unescaped, unicode_unescaped};
use super::objects::{Object, Pickled, value_of};

const HIGHEST_PROTOCOL: u8 = 5;

/// Reads a pickle.
///
/// # Errors
/// [`DecodeProblem::Truncated`], [`DecodeProblem::Broken`] or [`DecodeProblem::Opcode`].
pub(super) fn read(bytes: &[u8]) -> Result<Pickled, DecodeProblem> {
    let mut machine = Machine {
        input: bytes,
        at: 0,
        protocol: 0,
        objects: Vec::new(),
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
    };
    let top = machine.run()?;
    Ok(value_of(&machine.objects, top, machine.protocol))
}

struct Machine<'a> {
    input: &'a [u8],
    at: usize,
    protocol: u8,
    objects: Vec<Object>,
    stack: Vec<usize>,
    /// Heights of the stack at each open mark.
    marks: Vec<usize>,
    memo: HashMap<u64, usize>,
}

impl<'a> Machine<'a> {
    fn run(&mut self) -> Result<usize, DecodeProblem> {
        loop {
            let start = self.at;
            let opcode = self.byte()?;
            if opcode == b'.' {
                return self.pop().ok_or(DecodeProblem::Broken { at: start });
            }
            self.step(opcode, start)?.ok_or(DecodeProblem::Broken { at: start })?;
        }
    }

    /// One instruction; `None` when its operands or the stack do not fit.
    fn step(&mut self, opcode: u8, start: usize) -> Result<Option<()>, DecodeProblem> {
        match opcode {
            0x80 => {
                self.protocol = self.byte()?;
                return Ok((self.protocol <= HIGHEST_PROTOCOL).then_some(()));
            }
            0x95 => drop(self.take(8)?),
            // marks and the stack
            b'(' => self.marks.push(self.stack.len()),
            b'0' => return Ok(self.pop_or_mark()),
            // POP_MARK, and what is put into a list or set, which forgets it
            b'1' | b'e' | 0x90 => return Ok(self.above_mark().map(drop)),
            // into a list; the state of an object: both unread
            b'a' | b'b' => return Ok(self.pop_many(1).map(drop)),
            b'2' => {
                let Some(&top) = self.stack.last() else {
                    return Ok(None);
                };
                self.stack.push(top);
            }
            // the memo
            b'p' | b'q' | b'r' | 0x94 => {
                let key = match opcode {
                    b'p' => self.decimal()?,
                    b'q' => Some(u64::from(self.byte()?)),
                    b'r' => Some(self.little_endian(4)?),
                    _ => u64::try_from(self.memo.len()).ok(),
                };
                let (Some(key), Some(&top)) = (key, self.stack.last()) else {
                    return Ok(None);
                };
                self.memo.insert(key, top);
            }
            b'g' | b'h' | b'j' => {
                let key = match opcode {
                    b'g' => self.decimal()?,
                    b'h' => Some(u64::from(self.byte()?)),
                    _ => Some(self.little_endian(4)?),
                };
                let Some(&object) = key.and_then(|key| self.memo.get(&key)) else {
                    return Ok(None);
                };
                self.stack.push(object);
            }
            // plain values
            b'N' | 0x88 | 0x89 | b']' | 0x8f => self.push(Object::Other),
            b'I' | b'L' | b'F' | b'J' | b'K' | b'M' | b'G' | 0x8a | 0x8b => {
                return self.number(opcode);
            }
            b'S' | b'V' | b'T' | b'U' | b'X' | 0x8c | 0x8d | b'B' | b'C' | 0x8e | 0x96 => {
                return self.text(opcode);
            }
            // containers
            b')' => self.push(Object::Tuple(Vec::new())),
            b'}' => self.push(Object::Dict(Vec::new())),
            b't' => {
                let Some(items) = self.above_mark() else {
                    return Ok(None);
                };
                self.push(Object::Tuple(items));
            }
            b'l' | 0x91 => return Ok(self.above_mark().map(|_| self.push(Object::Other))),
            0x85..=0x87 => {
                let Some(items) = self.pop_many(usize::from(opcode - 0x84)) else {
                    return Ok(None);
                };
                self.push(Object::Tuple(items));
            }
            b'd' => {
                let Some(items) = self.above_mark() else {
                    return Ok(None);
                };
                self.push(Object::Dict(Vec::new()));
                return Ok(self.set_items(&items));
            }
            b's' => return Ok(self.pop_many(2).and_then(|items| self.set_items(&items))),
            b'u' => return Ok(self.above_mark().and_then(|items| self.set_items(&items))),
            // classes and calls, by name only
            b'c' => {
                let (_module, name) = (self.line()?, self.line()?);
                self.push(Object::Global(name.to_vec()));
            }
            0x93 => {
                let Some([_module, name]) = self.pop_many(2).and_then(|pair| <[usize; 2]>::try_from(pair).ok()) else {
                    return Ok(None);
                };
                let Some(Object::Text(name)) = self.objects.get(name) else {
                    return Ok(None);
                };
                self.push(Object::Global(name.clone()));
            }
            b'R' | 0x81 => {
                let Some([callable, arguments]) = self.pop_many(2).and_then(|pair| <[usize; 2]>::try_from(pair).ok())
                else {
                    return Ok(None);
                };
                self.push(Object::Call(callable, arguments));
            }
            0x92 => return Ok(self.pop_many(3).map(|_| self.push(Object::Other))),
            b'o' => return Ok(self.above_mark().map(|_| self.push(Object::Other))),
            b'i' => {
                self.line()?;
                self.line()?;
                return Ok(self.above_mark().map(|_| self.push(Object::Other)));
            }
            _ => return Err(DecodeProblem::Opcode { opcode, at: start }),
        }
        Ok(Some(()))
    }

    fn number(&mut self, opcode: u8) -> Result<Option<()>, DecodeProblem> {
        let object = match opcode {
            b'I' | b'L' => {
                let line = self.line()?;
                let digits = line.strip_suffix(b"L").unwrap_or(line);
                match std::str::from_utf8(digits).ok().map(str::trim) {
                    Some(digits) => digits.parse().map_or(Object::Other, Object::Int),
                    None => return Ok(None),
                }
            }
            b'F' => {
                let line = self.line()?;
                match std::str::from_utf8(line).ok().and_then(|text| text.trim().parse().ok()) {
                    Some(number) => Object::Float(number),
                    None => return Ok(None),
                }
            }
            b'G' => {
                let mut bytes = [0; 8];
                bytes.copy_from_slice(self.take(8)?);
                Object::Float(f64::from_be_bytes(bytes))
            }
            b'K' => Object::Int(i64::from(self.byte()?)),
            b'M' => Object::Int(i64::try_from(self.little_endian(2)?).unwrap_or_default()),
            b'J' => {
                let mut bytes = [0; 4];
                bytes.copy_from_slice(self.take(4)?);
                Object::Int(i64::from(i32::from_le_bytes(bytes)))
            }
            _ => {
                let length = self.little_endian(if opcode == 0x8a { 1 } else { 4 })?;
                let bytes = self.take_counted(length)?;
                small_int(bytes).map_or(Object::Other, Object::Int)
            }
        };
        self.push(object);
        Ok(Some(()))
    }

    fn text(&mut self, opcode: u8) -> Result<Option<()>, DecodeProblem> {
        let text = match opcode {
            b'S' => {
                let line = self.line()?;
                let Some(inner) = quoted(line) else {
                    return Ok(None);
                };
                string_unescaped(inner)
            }
            b'V' => unicode_unescaped(self.line()?),
            _ => {
                let width = match opcode {
                    b'U' | 0x8c | b'C' => 1,
                    b'T' | b'X' | b'B' => 4,
                    _ => 8,
                };
                let length = self.little_endian(width)?;
                self.take_counted(length)?.to_vec()
            }
        };
        self.push(Object::Text(text));
        Ok(Some(()))
    }

    /// Puts key and value pairs into the dictionary on top; other objects take them and forget.
    fn set_items(&mut self, items: &[usize]) -> Option<()> {
        let target = *self.stack.last()?;
        if !items.len().is_multiple_of(2) {
            return None;
        }
        if let Some(Object::Dict(pairs)) = self.objects.get_mut(target) {
            pairs.extend(items.chunks_exact(2).map(|pair| (pair[0], pair[1])));
        }
        Some(())
    }

    fn push(&mut self, object: Object) {
        self.stack.push(self.objects.len());
        self.objects.push(object);
    }

    /// The lowest height that may be popped: nothing below an open mark.
    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    fn pop(&mut self) -> Option<usize> {
        if self.stack.len() > self.floor() { self.stack.pop() } else { None }
    }

    /// POP takes an open mark when nothing stands above it.
    fn pop_or_mark(&mut self) -> Option<()> {
        self.pop().or_else(|| self.marks.pop()).map(drop)
    }

    fn pop_many(&mut self, count: usize) -> Option<Vec<usize>> {
        let from = self.stack.len().checked_sub(count).filter(|from| *from >= self.floor())?;
        Some(self.stack.split_off(from))
    }

    fn above_mark(&mut self) -> Option<Vec<usize>> {
        let mark = self.marks.pop()?;
        (mark <= self.stack.len()).then(|| self.stack.split_off(mark))
    }

    fn byte(&mut self) -> Result<u8, DecodeProblem> {
        let byte = *self.input.get(self.at).ok_or(DecodeProblem::Truncated)?;
        self.at += 1;
        Ok(byte)
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], DecodeProblem> {
        let end = self.at.checked_add(count).ok_or(DecodeProblem::Truncated)?;
        let taken = self.input.get(self.at..end).ok_or(DecodeProblem::Truncated)?;
        self.at = end;
        Ok(taken)
    }

    fn take_counted(&mut self, count: u64) -> Result<&'a [u8], DecodeProblem> {
        self.take(usize::try_from(count).map_err(|_| DecodeProblem::Truncated)?)
    }

    fn little_endian(&mut self, width: usize) -> Result<u64, DecodeProblem> {
        let bytes = self.take(width)?;
        Ok(bytes.iter().rev().fold(0, |number, &byte| (number << 8) | u64::from(byte)))
    }

    /// Up to a line feed, which is taken too.
    fn line(&mut self) -> Result<&'a [u8], DecodeProblem> {
        let rest = self.input.get(self.at..).unwrap_or_default();
        let end = rest.iter().position(|&byte| byte == b'\n').ok_or(DecodeProblem::Truncated)?;
        self.at += end + 1;
        Ok(&rest[..end])
    }

    fn decimal(&mut self) -> Result<Option<u64>, DecodeProblem> {
        Ok(std::str::from_utf8(self.line()?).ok().and_then(|line| line.trim().parse().ok()))
    }
}

/// LONG1 and LONG4: little-endian two's complement, up to eight bytes.
fn small_int(bytes: &[u8]) -> Option<i64> {
    if bytes.len() > 8 {
        return None;
    }
    let fill = if bytes.last().is_some_and(|byte| byte & 0x80 != 0) { 0xff } else { 0 };
    let mut full = [fill; 8];
    full[..bytes.len()].copy_from_slice(bytes);
    Some(i64::from_le_bytes(full))
}
