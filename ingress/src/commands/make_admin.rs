//! `make-admin`: opens everything below `/admin` to an account, or closes it again.

use clap::Parser;
use schemas::ids::UserId;
use secrecy::SecretString;
use shared::daemon::{Context, StartError};

use super::failed;
use crate::{
    audit::{AuditEntry, AuditLog},
    auth::{Account, Accounts, Passwords, Role},
    problem::Problem,
    settings::Settings,
    validate,
};

/// Makes an account an admin. Its owner logs in again to have it; doing it again changes nothing.
#[derive(Debug, Parser)]
#[command(name = "make-admin", version)]
pub struct Arguments {
    /// The account's e-mail address.
    email: String,
    /// Registers the account first if there is none: its owner's name. The password comes from the variable
    /// `ADMIN_PASSWORD`.
    #[arg(long, value_name = "NAME")]
    new: Option<String>,
    /// Makes it a customer's again, at once.
    #[arg(long, conflicts_with = "new")]
    revoke: bool,
}

/// Does it.
///
/// # Errors
/// [`StartError`] with a line that says what to do.
#[allow(clippy::print_stdout, reason = "this is what the operator asked for")]
pub async fn run(context: Context<Settings>, arguments: Arguments) -> Result<(), StartError> {
    let email = validate::email(&arguments.email).map_err(|fault| complain(&arguments.email, &fault))?;
    let accounts = Accounts::new(&context.mongo);
    if let Some(name) = &arguments.new {
        accounts.create_indexes().await?;
        register(&accounts, &email, name).await?;
    }
    let role = if arguments.revoke { Role::Customer } else { Role::Admin };
    let changed = accounts.set_role(&email, role).await.map_err(|problem| failed(&problem))?;
    let missing = || complain(&email, "there is no such account; register it first, or say --new NAME");
    let user = changed.ok_or_else(missing)?;
    write_down(&AuditLog::new(&context.mongo), user, role).await.map_err(|problem| failed(&problem))?;
    println!("{email} is {}", if arguments.revoke { "a customer" } else { "an admin" });
    Ok(())
}

async fn write_down(log: &AuditLog, user: UserId, role: Role) -> Result<(), Problem> {
    let action = if role == Role::Admin { "made an admin" } else { "made a customer" };
    let actor = Some("make-admin".to_owned());
    log.append(&AuditEntry::new(actor, action.to_owned(), Some(user.to_string()), String::new())).await
}

async fn register(accounts: &Accounts, email: &str, name: &str) -> Result<(), StartError> {
    let password = std::env::var("ADMIN_PASSWORD").ok().filter(|given| (10..=128).contains(&given.chars().count()));
    let password = password.ok_or_else(|| complain("ADMIN_PASSWORD", "must have 10 to 128 characters"))?;
    let name = validate::line(name, 1, 100).map_err(|fault| complain("--new", &fault))?;
    let open = async {
        let hash = Passwords::new(1, 0)?.hash(SecretString::from(password)).await?;
        let account = Account::new(email.to_owned(), name, String::new(), hash);
        // An address that is taken is the account that was meant.
        accounts.create(&account).await.map(drop)
    };
    open.await.map_err(|problem: Problem| failed(&problem))
}

fn complain(what: &str, fault: &str) -> StartError {
    StartError::Other(format!("make-admin: {what}: {fault}"))
}
