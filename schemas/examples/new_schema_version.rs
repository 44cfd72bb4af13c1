//! Commits the schema that a message struct has now: `schemas/avro/<Name>.v<N>.avsc`, and a golden encoding of it in
//! `schemas/golden/<Name>.v<N>.json` (the value) and `.hex` (the bytes).
//!
//! `cargo run -p schemas --example new_schema_version [Name]`, then add the file to the message's `body!` line and run
//! it once more: the golden encoding is written with the schema that is compiled in.

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use apache_avro::Schema;
use schemas::registry::{MESSAGES, Registered};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let wanted = env::args().nth(1);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    for message in MESSAGES.iter().filter(|message| wanted.as_deref().is_none_or(|name| name == message.name)) {
        commit_schema(folder, message)?;
        commit_golden(folder, message)?;
    }
    Ok(())
}

fn commit_schema(folder: &Path, message: &Registered) -> Result<(), Box<dyn Error>> {
    let schema = (message.current)();
    let path_of = |version: usize| folder.join(format!("avro/{}.v{version}.avsc", message.name));
    let newest = (1..).take_while(|version| path_of(*version).exists()).last().unwrap_or(0);
    let is_known = newest > 0
        && Schema::parse_str(&fs::read_to_string(path_of(newest))?)?.canonical_form() == schema.canonical_form();
    if is_known { Ok(()) } else { write(path_of(newest + 1), serde_json::to_string_pretty(&schema)?) }
}

fn commit_golden(folder: &Path, message: &Registered) -> Result<(), Box<dyn Error>> {
    let versions = (message.versions)()?;
    let path = folder.join(format!("golden/{}.v{}", message.name, versions.schemas().count()));
    if path.with_extension(format!("v{}.hex", versions.schemas().count())).exists() {
        return Ok(());
    }
    let Some(schema) = versions.schemas().last() else { return Ok(()) };
    let value = sample(schema, "", schema);
    let bytes = (message.encode)(value.clone())?;
    write(PathBuf::from(format!("{}.json", path.display())), serde_json::to_string_pretty(&value)?)?;
    write(PathBuf::from(format!("{}.hex", path.display())), hex::encode(bytes))
}

#[allow(clippy::print_stdout, reason = "a tool for people")]
fn write(path: PathBuf, text: String) -> Result<(), Box<dyn Error>> {
    fs::write(&path, text + "\n")?;
    println!("wrote {}", path.display());
    Ok(())
}

/// A value that fits a schema, believable by the names of its fields.
fn sample(schema: &Schema, field: &str, root: &Schema) -> Value {
    match schema {
        Schema::Record(record) => {
            Value::Object(record.fields.iter().map(|f| (f.name.clone(), sample(&f.schema, &f.name, root))).collect())
        }
        Schema::Enum(symbols) => json!(symbols.symbols[0]),
        Schema::Array(array) => json!([sample(&array.items, field, root)]),
        Schema::Union(union) => union
            .variants()
            .iter()
            .find(|variant| **variant != Schema::Null)
            .map_or(Value::Null, |variant| sample(variant, field, root)),
        Schema::Ref { name } => named(root, name.as_ref()).map_or(Value::Null, |found| sample(found, field, root)),
        Schema::Boolean => json!(true),
        Schema::String if field.ends_with("_id") && field != "event_id" => {
            json!("0192c1de-7a4c-7b6e-8f3a-2d1c0b9a8e7f")
        }
        // What leads from one product to another.
        Schema::String if matches!(field, "replaced_by" | "alternatives" | "origin") => {
            json!("0192c1de-7a4c-7b6e-8f3a-2d1c0b9a8e70")
        }
        Schema::String if field == "sku" => json!("BRK-PAD-001"),
        Schema::String if field == "code" => json!("A-CODE"),
        Schema::String => json!(format!("a {field}")),
        _ => json!(1_234),
    }
}

fn named<'a>(schema: &'a Schema, name: &str) -> Option<&'a Schema> {
    if schema.name().is_some_and(|own| own.to_string() == name) && !matches!(schema, Schema::Ref { .. }) {
        return Some(schema);
    }
    match schema {
        Schema::Record(record) => record.fields.iter().find_map(|field| named(&field.schema, name)),
        Schema::Array(array) => named(&array.items, name),
        Schema::Union(union) => union.variants().iter().find_map(|variant| named(variant, name)),
        _ => None,
    }
}
