//! Files of every kind with a card number in each of their cells, and above them.

use e2e::{Customer, catalog::PADS, client::unused_name};
use import_files::columns;
use schemas::imports::rows::ImportKind;
use serde_json::json;

use crate::imports::{carried_out, checked_as, errors};

/// Brings a file of each kind in and has carried out what is good of it.
pub async fn bring_cards(admin: &Customer, card: &str) {
    for kind in ImportKind::ALL {
        let columns: Vec<&str> = columns(kind).iter().map(|column| column.name).collect();
        let rows = columns.iter().map(|column| {
            let cells = columns.iter().map(|name| if name == column { card.to_owned() } else { good(kind, name) });
            cells.collect::<Vec<_>>().join(",")
        });
        let file = format!("{}\n{}\n", columns.join(","), rows.collect::<Vec<_>>().join("\n"));
        let (path, seen) = checked_as(admin, kind.as_str(), "text/csv", file.as_bytes()).await;
        assert_eq!((&seen["status"], &seen["file"]["rows"]), (&json!("checked"), &json!(columns.len())), "{seen}");
        let refused: Vec<String> = errors(admin, &path).await.into_iter().map(|(_, column, _)| column).collect();
        assert!(refused.iter().any(|column| column == columns[0]), "{kind:?}: {refused:?}");
        carried_out(admin, &path).await;
        // Nobody starts this one, so it has no end at which all of it goes.
        checked_as(admin, kind.as_str(), "text/csv", file.as_bytes()).await;
        let headless = format!("{},{card}\n{PADS},1\n", columns[0]);
        let (_, seen) = checked_as(admin, kind.as_str(), "text/csv", headless.as_bytes()).await;
        assert_eq!(seen["problem"]["code"], "unknown_column", "{seen}");
    }
}

/// What may stand in a column; each row of products makes a new one.
fn good(kind: ImportKind, column: &str) -> String {
    let name = unused_name();
    let text = match column {
        "sku" if kind == ImportKind::Products => return name[12..].to_uppercase(),
        "slug" | "receipt" => return name,
        "email" => return format!("{name}@example.in"),
        "sku" => PADS,
        "name" => "Clutch",
        "category" => "Transmission",
        "brand" => "Valeo",
        "kind" => "aftermarket",
        "hsn" => "87089300",
        "price" => "12.50",
        "weight_grams" | "quantity" => "3",
        "status" => "draft",
        "make" => "Skoda",
        "model" => "Yeti",
        "year_from" => "2011",
        "year_to" => "2013",
        _ => "",
    };
    text.to_owned()
}
