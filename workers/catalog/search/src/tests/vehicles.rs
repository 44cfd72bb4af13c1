//! What fits, and an index that is kept.

use schemas::documents::Product;

use super::samples::{fits, found, product, put, text, writer};
use crate::{Place, Vehicle, Wanted, Writer};

fn fitting(vehicle: &str) -> Wanted {
    Wanted { vehicle: Vehicle::read(vehicle), ..Wanted::default() }
}

#[test]
fn make_model_and_year_are_of_one_vehicle() {
    let both = vec![fits("Maruti Suzuki", "Swift", 2010, 2014), fits("Hyundai", "i20", 2018, 2020)];
    let index = writer(&[Product { fitment: both, ..product(1) }]).index();
    for (vehicle, expected) in [
        ("maruti suzuki", &[1][..]),
        ("Hyundai/i20/2019", &[1]),
        ("Hyundai/Swift", &[]),
        ("Maruti Suzuki/Swift/2019", &[]),
        ("Hyundai/i20/2019/Sportz", &[1]),
    ] {
        assert_eq!(found(&index, &fitting(vehicle)), expected, "{vehicle}");
    }
}

#[test]
fn a_kept_index_answers_again_with_its_note_and_has_one_writer() {
    let directory = std::env::temp_dir().join(format!("spareparts-search-{}", shared::id::Uuid::now_v7()));
    let place = Place::Directory(directory.clone());
    let mut writer = Writer::open(&place).unwrap();
    assert_eq!(writer.note().unwrap(), None);
    put(&mut writer, &[product(1)]);
    writer.commit("up to 7").unwrap();
    let refused = Writer::open(&place).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(refused.contains("another process"), "{refused}");
    drop(writer);

    let mut again = Writer::open(&place).unwrap();
    assert_eq!(again.note().unwrap().as_deref(), Some("up to 7"));
    assert_eq!(found(&again.index(), &text("brake")), [1]);
    assert!(!again.put(&product(1)).unwrap(), "its revision is known");
    drop(again);

    std::fs::write(directory.join("meta.json"), "{").unwrap();
    let anew = Writer::open(&place).unwrap();
    assert_eq!((anew.note().unwrap(), found(&anew.index(), &text("brake"))), (None, vec![]));
    drop(anew);
    std::fs::remove_dir_all(directory).unwrap();
}
