//! Writes the schema that a message struct has now to `schemas/avro/<Name>.v<N>.avsc`, if no committed version equals it.
//!
//! `cargo run -p schemas --example new_schema_version [Name]`

use std::{env, fs, path::Path, process::ExitCode};

use schemas::registry::MESSAGES;

#[allow(clippy::print_stdout, reason = "a tool for people")]
fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let wanted = env::args().nth(1);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("avro");
    for message in MESSAGES.iter().filter(|message| wanted.as_deref().is_none_or(|name| name == message.name)) {
        let schema = (message.current)();
        let mut version = 1;
        let mut path = folder.join(format!("{}.v{version}.avsc", message.name));
        let mut committed = String::new();
        while path.exists() {
            committed = fs::read_to_string(&path)?;
            version += 1;
            path = folder.join(format!("{}.v{version}.avsc", message.name));
        }
        let is_new = apache_avro::Schema::parse_str(&committed)
            .map_or(true, |newest| newest.canonical_form() != schema.canonical_form());
        if is_new {
            fs::write(&path, serde_json::to_string_pretty(&schema)? + "\n")?;
            println!("wrote {}; add it to the body! line of {}", path.display(), message.name);
        }
    }
    Ok(ExitCode::SUCCESS)
}
