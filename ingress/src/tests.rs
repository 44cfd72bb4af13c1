//! The router from outside, without any store: what is refused must be refused before one is asked.

mod answers;
mod hooks;
mod identity;
mod orders;
mod overload;
mod scene;
mod waiting;
