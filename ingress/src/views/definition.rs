//! How categories have attributes.

use schemas::catalog::{AttributeDefinition, AttributeType};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How the products of a category have an attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AttributeDefinition)]
pub struct DefinitionView {
    /// What products call it: 1 to 64 lower-case letters and digits in groups joined by single `-`.
    pub key: String,
    /// What people call it: 1 to 64 characters.
    pub label: String,
    /// What it holds.
    #[serde(rename = "type")]
    pub holds: TypeName,
    /// The unit of a number; null if it has none.
    #[serde(default)]
    pub unit: Option<String>,
    /// The values of a choice: 1 to 100, each of 1 to 160 characters.
    #[serde(default)]
    pub values: Vec<String>,
    /// Whether a product that is sold has it.
    #[serde(default)]
    pub required: bool,
}

/// What an attribute holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AttributeType)]
pub enum TypeName {
    /// Any `text`.
    Text,
    /// A `number` in the definition's unit.
    Number,
    /// A `flag`: yes or no.
    Flag,
    /// A `text` that is one of the definition's values.
    Choice,
}

impl From<&AttributeDefinition> for DefinitionView {
    fn from(definition: &AttributeDefinition) -> Self {
        let AttributeDefinition { key, label, holds, required } = definition.clone();
        let (holds, unit, values) = match holds {
            AttributeType::Text => (TypeName::Text, None, Vec::new()),
            AttributeType::Number { unit } => (TypeName::Number, unit, Vec::new()),
            AttributeType::Flag => (TypeName::Flag, None, Vec::new()),
            AttributeType::Choice { values } => (TypeName::Choice, None, values),
        };
        Self { key, label, holds, unit, values, required }
    }
}
