//! Placeholder head comment; the owner of this crate replaces it.
