//! The index as a whole.

mod pages;
mod samples;
mod spelling;
mod vehicles;
