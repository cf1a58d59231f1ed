//! The objects of a pickle, and dogpile's value among them.

/// What matters of a pickled value.
#[derive(Debug, PartialEq)]
pub(super) struct Pickled {
    /// As the pickle says; 0 when it does not.
    pub(super) protocol: u8,
    /// `ct` of dogpile's metadata.
    pub(super) ct: Option<f64>,
    /// `v` of dogpile's metadata.
    pub(super) v: Option<i64>,
    /// The payload, when it is text or bytes.
    pub(super) text: Option<Vec<u8>>,
}

/// An object, referring to others by their place in the table.
#[derive(Debug)]
pub(super) enum Object {
    Text(Vec<u8>),
    Int(i64),
    Float(f64),
    Tuple(Vec<usize>),
    Dict(Vec<(usize, usize)>),
    /// A class or function, by its own name.
    Global(Vec<u8>),
    /// A call of the first with the arguments in the second.
    Call(usize, usize),
    /// Anything that a console's entry has no use for.
    Other,
}

/// Payload and metadata: of dogpile's class, however it is called, of a bare pair, or of no pair at all.
pub(super) fn value_of(objects: &[Object], top: usize, protocol: u8) -> Pickled {
    let (payload, metadata) = match pair(objects, top) {
        Some((payload, metadata)) => (payload, objects.get(metadata)),
        None => (top, None),
    };
    let entry = |name: &[u8]| match metadata {
        Some(Object::Dict(pairs)) => pairs
            .iter()
            .rev()
            .find(|(key, _)| matches!(objects.get(*key), Some(Object::Text(text)) if text == name))
            .and_then(|(_, value)| objects.get(*value)),
        _ => None,
    };
    Pickled {
        protocol,
        ct: match entry(b"ct") {
            Some(Object::Float(ct)) => Some(*ct),
            Some(Object::Int(ct)) => Some(*ct as f64),
            _ => None,
        },
        v: match entry(b"v") {
            Some(Object::Int(v)) => Some(*v),
            _ => None,
        },
        text: text(objects, payload),
    }
}

/// Text or bytes; bytes of python 3 in protocols 0 to 2 are written as `_codecs.encode(text, 'latin1')`.
fn text(objects: &[Object], at: usize) -> Option<Vec<u8>> {
    match objects.get(at)? {
        Object::Text(text) => Some(text.clone()),
        Object::Call(callable, arguments) => match (objects.get(*callable)?, objects.get(*arguments)?) {
            (Object::Global(name), Object::Tuple(items)) if name == b"encode" => {
                let Object::Text(text) = objects.get(*items.first()?)? else {
                    return None;
                };
                let text = std::str::from_utf8(text).ok()?;
                text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect()
            }
            _ => None,
        },
        _ => None,
    }
}

fn pair(objects: &[Object], top: usize) -> Option<(usize, usize)> {
    let tuple = |at: usize| match objects.get(at) {
        Some(Object::Tuple(items)) => Some(items.as_slice()),
        _ => None,
    };
    let is_global = |at: usize, name: &[u8]| matches!(objects.get(at), Some(Object::Global(own)) if own == name);
    let arguments = match objects.get(top)? {
        Object::Call(callable, arguments) if is_global(*callable, b"CachedValue") => tuple(*arguments)?,
        // a named tuple in protocols 0 and 1: copy_reg._reconstructor(CachedValue, tuple, (payload, metadata))
        Object::Call(callable, arguments) if is_global(*callable, b"_reconstructor") => match tuple(*arguments)? {
            [class, _, state] if is_global(*class, b"CachedValue") => tuple(*state)?,
            _ => return None,
        },
        Object::Tuple(items) => items,
        _ => return None,
    };
    match arguments {
        [payload, metadata] => Some((*payload, *metadata)),
        _ => None,
    }
}
