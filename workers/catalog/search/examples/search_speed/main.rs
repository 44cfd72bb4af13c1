//! How fast the index answers, and what it takes: makes a catalog by seed, builds its index in a folder, and then searches
//! at a fixed rate, whether answers come or not.
//!
//! `cargo run --release -p catalog-search --example search_speed -- --parts 200000 --fitments 10 --rate 200 --seconds 120`

mod catalog;
mod searches;

use std::{
    env,
    error::Error,
    fs,
    path::Path,
    sync::{Mutex, mpsc},
    thread,
    time::{Duration, Instant},
};

use catalog_search::{Page, Place, SearchIndex, Wanted, Writer};

use self::{catalog::Catalog, searches::Kind};

/// Searches at once, as in the ingress.
const THREADS: usize = 2;
/// Products that change each second while it is searched.
const CHANGES: usize = 20;
const COMMIT_EVERY: Duration = Duration::from_millis(500);

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let number = |name: &str, usual: u64| {
        let mut given = env::args().skip_while(|argument| argument != name).skip(1);
        given.next().map_or(Ok(usual), |value| value.parse())
    };
    let catalog = Catalog::new(number("--parts", 200_000)?, number("--fitments", 10)?, number("--seed", 1)?);
    let (rate, seconds) = (number("--rate", 200)?, number("--seconds", 120)?);
    let folder = env::temp_dir().join("spareparts-search-speed");
    let _ = fs::remove_dir_all(&folder);

    let before = resident()?;
    let begun = Instant::now();
    let mut writer = Writer::open(&Place::Directory(folder.clone()))?;
    for number in 0..catalog.parts {
        writer.put(&catalog.part(number, 1))?;
        if number % 20_000 == 19_999 {
            writer.commit("")?;
        }
    }
    writer.commit("whole")?;
    let built = begun.elapsed();
    say(&format!(
        "{} parts, {} fitments: made in {:.1} s, {} MiB on disk; resident {} MiB before, {} MiB after",
        catalog.parts,
        catalog.parts * catalog.fitments,
        built.as_secs_f64(),
        size(&folder)? >> 20,
        before >> 20,
        resident()? >> 20,
    ));

    let index = writer.index();
    let changing = thread::spawn({
        let catalog = catalog.clone();
        move || change(&mut writer, &catalog, Duration::from_secs(seconds)).map_err(|error| error.to_string())
    });
    search(&index, &catalog, rate, Duration::from_secs(seconds));
    let changed = changing.join().map_err(|_| "the writer broke off")??;
    say(&format!(
        "{changed} products changed meanwhile, each findable within {} ms and its commit; {} MiB on disk, resident {} MiB",
        COMMIT_EVERY.as_millis(),
        size(&folder)? >> 20,
        resident()? >> 20,
    ));
    fs::remove_dir_all(&folder)?;
    Ok(())
}

/// Puts products again, some each second.
fn change(writer: &mut Writer, catalog: &Catalog, lasting: Duration) -> Outcome<u64> {
    let (begun, mut changed, mut longest) = (Instant::now(), 0, Duration::ZERO);
    let each_time = CHANGES / 2;
    while begun.elapsed() < lasting {
        for _ in 0..each_time {
            changed += 1;
            writer.put(&catalog.part(changed * 7_919 % catalog.parts, 1 + changed as i64))?;
        }
        let committing = Instant::now();
        writer.commit("whole")?;
        longest = longest.max(committing.elapsed());
        thread::sleep(COMMIT_EVERY);
    }
    say(&format!("the longest commit took {} ms", longest.as_millis()));
    Ok(changed)
}

/// An open loop: a search is due at its time, and what it waits for its turn counts.
fn search(index: &SearchIndex, catalog: &Catalog, rate: u64, lasting: Duration) {
    let (due, asked) = mpsc::channel::<(Instant, Kind, Wanted, Page)>();
    let (asked, all) = (Mutex::new(asked), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let Ok(Ok((since, kind, wanted, page))) = asked.lock().map(|asked| asked.recv()) else { return };
                    let begun = Instant::now();
                    let found = index.search(&wanted, &page);
                    let times = [since.elapsed(), begun.elapsed()];
                    if let (Ok(mut all), Ok(found)) = (all.lock(), found) {
                        all.push((kind, times, found.total));
                    }
                }
            });
        }
        let (begun, mut dice) = (Instant::now(), fastrand::Rng::with_seed(2));
        for number in 0..rate * lasting.as_secs() {
            let at = begun + Duration::from_secs(number) / u32::try_from(rate).unwrap_or(1);
            thread::sleep(at.saturating_duration_since(Instant::now()));
            let (kind, wanted, page) = searches::one(catalog, &mut dice);
            let _ = due.send((at, kind, wanted, page));
        }
        drop(due);
    });
    report(&all.into_inner().unwrap_or_default());
}

/// For each kind how long an answer took from the moment that it was due, and the search alone.
fn report(all: &[(Kind, [Duration; 2], u64)]) {
    say("searches                  count      hits   p50 ms   p99 ms   max ms   alone: p50   p99   max");
    for kind in [None].into_iter().chain(Kind::ALL.map(Some)) {
        let of_kind: Vec<_> = all.iter().filter(|(found, ..)| kind.is_none_or(|kind| kind == *found)).collect();
        let hits = of_kind.iter().map(|(.., total)| total).sum::<u64>() / (of_kind.len() as u64).max(1);
        let name = kind.map_or("all".to_owned(), |kind| format!("{kind:?}"));
        let [due, alone] = [0, 1].map(|which| quantiles(of_kind.iter().map(|(_, times, _)| times[which])));
        say(&format!("{name:<22} {:>8} {hits:>9} {due}       {alone}", of_kind.len()));
    }
}

/// The median, the 99th percentile and the maximum, in milliseconds.
fn quantiles(times: impl Iterator<Item = Duration>) -> String {
    let mut sorted: Vec<Duration> = times.collect();
    sorted.sort_unstable();
    let at = |per_cent: usize| {
        let index = (sorted.len() * per_cent / 100).min(sorted.len().saturating_sub(1));
        sorted.get(index).map_or(f64::NAN, |time| time.as_secs_f64() * 1_000.0)
    };
    format!("{:>8.2} {:>8.2} {:>8.2}", at(50), at(99), at(100))
}

fn size(folder: &Path) -> Outcome<u64> {
    let mut size = 0;
    for file in fs::read_dir(folder)? {
        size += file?.metadata()?.len();
    }
    Ok(size)
}

/// The memory of this process, mapped files included as far as they are in it, in bytes.
fn resident() -> Outcome<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? << 10)
}

#[allow(clippy::print_stdout, reason = "a tool for people")]
fn say(line: &str) {
    println!("{line}");
}
