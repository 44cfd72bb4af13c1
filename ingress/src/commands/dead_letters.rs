//! `dead-letters`: what operators do with dead letters, on the command line.

use std::{collections::BTreeMap, sync::Arc};

use clap::{Args, Parser, Subcommand, ValueEnum};
use shared::{
    daemon::{Context, StartError},
    engine::{DeadLetter, DeadLetters, Discarded, LetterState, OperationFailed, Replayed, Wanted},
};

use crate::{
    dead_letters::{Content, ReplayOutcome, read, replay_each, wanted_ids},
    settings::Settings,
};

/// Looks at what the workers put aside, sends it again or gives it up.
#[derive(Debug, Parser)]
#[command(name = "dead-letters", version)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Lists dead letters, the oldest first.
    List {
        /// In which state.
        #[arg(long, value_enum, default_value_t = Shown::Open)]
        state: Shown,
        #[command(flatten)]
        filter: Filter,
        /// The most.
        #[arg(long, default_value_t = 50)]
        limit: i64,
    },
    /// Shows one in full, with the message as JSON.
    Show {
        /// Its id.
        id: String,
    },
    /// Sends dead letters to their inboxes again: by id, or all open ones that a filter names. Sending one twice changes
    /// nothing.
    Replay {
        /// Their ids.
        #[arg(required_unless_present_any = ["inbox", "code", "key"], conflicts_with_all = ["inbox", "code", "key"])]
        ids: Vec<String>,
        #[command(flatten)]
        filter: Filter,
    },
    /// Gives one up. Those of its key that wait for it go on.
    Discard {
        /// Its id.
        id: String,
        /// Why.
        #[arg(long)]
        reason: String,
    },
}

#[derive(Debug, Args)]
struct Filter {
    /// Of this inbox, for example payments.inbox.
    #[arg(long)]
    inbox: Option<String>,
    /// With this code, for example handler_panicked.
    #[arg(long)]
    code: Option<String>,
    /// Of this key: an order's id, a SKU.
    #[arg(long)]
    key: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Shown {
    Open,
    Replayed,
    Discarded,
}

/// Does it.
///
/// # Errors
/// [`StartError`] with a line that says what to do.
pub async fn run(context: Context<Settings>, arguments: Arguments) -> Result<(), StartError> {
    let publisher = context.publisher()?;
    let letters = DeadLetters::new(&context.mongo, Arc::new(publisher.clone()));
    let by = format!("operator {}", std::env::var("USER").unwrap_or_default());
    let outcome = match arguments.command {
        Command::List { state, filter, limit } => list(&letters, &filter.wanted(state), limit).await,
        Command::Show { id } => show(&letters, &id).await,
        Command::Replay { ids, filter } => replay(&letters, ids, &filter, &by).await,
        Command::Discard { id, reason } => discard(&letters, &id, by.trim(), &reason).await,
    };
    publisher.flush().await;
    outcome
}

#[allow(clippy::print_stdout, reason = "this is what the operator asked for")]
async fn list(letters: &DeadLetters, wanted: &Wanted, limit: i64) -> Result<(), StartError> {
    let found = letters.find(wanted, limit).await.map_err(failed)?;
    println!("{:<32} {:<24} {:<22} {:<37} {:>5}  DIED AT", "ID", "CODE", "MESSAGE", "KEY", "TRIED");
    for DeadLetter { id, code, message, key, attempts, died_at, .. } in &found {
        let message = message.as_deref().unwrap_or("?");
        println!("{id:<32} {code:<24} {message:<22} {key:<37} {attempts:>5}  {died_at}");
    }
    println!("{} shown, {} at most", found.len(), limit);
    Ok(())
}

#[allow(clippy::print_stdout, reason = "this is what the operator asked for")]
async fn show(letters: &DeadLetters, id: &str) -> Result<(), StartError> {
    let letter = letters.get(id).await.map_err(failed)?.ok_or_else(|| unknown(id))?;
    let DeadLetter { inbox, origin, key, code, detail, attempts, appended_at, died_at, state, .. } = &letter;
    println!("{id}: {code}: {detail}");
    println!("  stood in    {inbox}, partition {}, offset {}, from {appended_at}", origin.partition, origin.offset);
    println!("  key         {key}");
    println!("  message     {}", letter.message.as_deref().unwrap_or("cannot be read"));
    println!("  died        {died_at}, tried {attempts} times");
    if let Some(place) = &letter.place {
        println!("  parked by   {} (number {})", place.parking, place.number);
    }
    match &letter.settled {
        Some(settled) => {
            println!("  state       {} by {} at {} {}", state.as_str(), settled.by, settled.at, settled.reason)
        }
        None => println!("  state       {}", state.as_str()),
    }
    match read(&letter) {
        Content::Message(message) => println!("{message:#}"),
        Content::Bytes { hex, why } => println!("{why}:\n{hex}"),
    }
    Ok(())
}

#[allow(clippy::print_stdout, reason = "this is what the operator asked for")]
async fn replay(letters: &DeadLetters, ids: Vec<String>, filter: &Filter, by: &str) -> Result<(), StartError> {
    let (ids, more) = match ids.is_empty() {
        false => (ids, false),
        true => wanted_ids(letters, &filter.wanted(Shown::Open)).await.map_err(failed)?,
    };
    let outcomes = replay_each(letters, &ids, by.trim()).await.map_err(failed)?;
    let mut counts = BTreeMap::<&str, usize>::new();
    for (id, outcome) in &outcomes {
        *counts.entry(ReplayOutcome::from(outcome).as_str()).or_default() += 1;
        println!("{id}: {}", in_words(outcome));
    }
    let counts: Vec<String> = counts.iter().map(|(code, count)| format!("{count} {code}")).collect();
    println!("{}{}", counts.join(", "), if more { "; there are more: do it again" } else { "" });
    match outcomes.iter().find(|(_, outcome)| *outcome == Replayed::Unknown) {
        Some((id, _)) => Err(unknown(id)),
        None => Ok(()),
    }
}

#[allow(clippy::print_stdout, reason = "this is what the operator asked for")]
async fn discard(letters: &DeadLetters, id: &str, by: &str, reason: &str) -> Result<(), StartError> {
    match letters.discard(id, by, reason).await.map_err(failed)? {
        Discarded::Done => {
            println!("{id}: discarded");
            Ok(())
        }
        Discarded::NotFirst => Err(complain(id, "waits behind another of its key: settle that one first")),
        Discarded::Replayed => Err(complain(id, "was sent again before")),
        Discarded::Unknown => Err(unknown(id)),
    }
}

fn in_words(outcome: &Replayed) -> String {
    match outcome {
        Replayed::Sent => "sent again".to_owned(),
        Replayed::SentFirst(first) => format!("waits for {first}, which is sent again; it follows by itself"),
        Replayed::UnderWay => "follows by itself: what it waited for is under way".to_owned(),
        Replayed::Discarded => "was discarded before; left alone".to_owned(),
        Replayed::Unknown => "there is no such dead letter".to_owned(),
    }
}

fn complain(id: &str, what: &str) -> StartError {
    StartError::Other(format!("dead-letters: {id}: {what}"))
}

fn unknown(id: &str) -> StartError {
    complain(id, "there is no such dead letter; `dead-letters list` shows those that are open")
}

fn failed(error: OperationFailed) -> StartError {
    StartError::Other(format!("dead-letters: {error}; doing it again is safe"))
}

impl Filter {
    fn wanted(&self, state: Shown) -> Wanted {
        let state = match state {
            Shown::Open => LetterState::Open,
            Shown::Replayed => LetterState::Replayed,
            Shown::Discarded => LetterState::Discarded,
        };
        let Self { inbox, code, key } = self;
        Wanted { state, inbox: inbox.clone(), code: code.clone(), key: key.clone(), after: None }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
