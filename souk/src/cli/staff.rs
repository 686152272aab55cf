//! `souk staff`: the people who run the shop, when nobody can sign in yet.

use std::io::{BufRead, IsTerminal, Write};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::Subcommand;
use souk_contract::user::CreateStaff;
use souk_rpc::{Context, Permission};

use crate::console::Console;
use crate::wiring::World;

#[derive(Subcommand)]
pub(crate) enum Staff {
    /// Make a staff member who may do everything; the password is read from standard input.
    Create {
        #[arg(long)]
        email: String,
        #[arg(long, default_value = "Staff")]
        name: String,
        /// Only these, such as `orders:write`; repeat for several. All of them without one.
        #[arg(long = "permission", value_parser = permission)]
        permissions: Vec<Permission>,
    },
}

impl Staff {
    pub(crate) async fn run(self, world: World) -> Result<ExitCode> {
        let Staff::Create { email, name, permissions } = self;
        let password = read_password()?;
        let permissions = if permissions.is_empty() { Permission::ALL.to_vec() } else { permissions };
        let console = Console::connect(world).await?;
        let request = CreateStaff { email: email.clone(), name, password, permissions };
        let outcome = console.user.create_staff(&Context::system("console.staff"), request).await;
        console.finish().await?;
        match outcome {
            Ok(staff) if staff.created => println!("created {email}"),
            Ok(_) => println!("{email} was a user already and has these permissions now; the password stays"),
            Err(error) => {
                let reasons: Vec<_> =
                    error.errors.iter().map(|e| format!("{}: {}", e.field, e.detail)).collect();
                bail!("{} {}", error.detail, reasons.join("; "));
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn read_password() -> Result<String> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        eprint!("password: ");
        std::io::stderr().flush()?;
    }
    let mut password = String::new();
    stdin.lock().read_line(&mut password).context("cannot read the password from standard input")?;
    Ok(password.trim_end_matches(['\r', '\n']).to_owned())
}

fn permission(text: &str) -> Result<Permission, String> {
    Permission::ALL.iter().copied().find(|permission| permission.as_str() == text).ok_or_else(|| {
        let names: Vec<_> = Permission::ALL.iter().map(|permission| permission.as_str()).collect();
        format!("there are {}", names.join(", "))
    })
}
