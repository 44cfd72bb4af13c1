//! The command line of `journeys`.

use std::{path::PathBuf, time::Duration};

use clap::Parser;

/// Places one order of every kind through the public API and shows its journey.
#[derive(Debug, Clone, Parser)]
#[command(name = "journeys", version, args_override_self = true)]
pub struct Arguments {
    /// The shop.
    #[arg(long, default_value = "http://127.0.0.1:8080", value_name = "URL")]
    pub api: String,
    /// The simulated Stripe, where the customer pays.
    #[arg(long, default_value = "http://127.0.0.1:12111", value_name = "URL")]
    pub stripe: String,
    /// The simulated Razorpay, where the customer pays.
    #[arg(long, default_value = "http://127.0.0.1:12112", value_name = "URL")]
    pub razorpay: String,
    /// The key that Stripe knows the shop's payment page by.
    #[arg(long, default_value = "pk_test_demo", value_name = "KEY")]
    pub stripe_key: String,
    /// Where the invoices go.
    #[arg(long, default_value = "invoices", value_name = "DIR")]
    pub invoice_dir: PathBuf,
    /// A product without stock.
    #[arg(long, default_value = "RAD-NEXON-OUT", value_name = "SKU")]
    pub out_of_stock_sku: String,
    /// Products with too little stock to be bought without need.
    #[arg(long, default_value = "MIR-DOOR-L-XUV700", value_name = "SKU,..", value_delimiter = ',')]
    pub scarce_skus: Vec<String>,
    /// How long one journey may take, in seconds.
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    pub limit: u64,
}

impl Arguments {
    pub(super) fn limit(&self) -> Duration {
        Duration::from_secs(self.limit)
    }

    pub(super) fn is_scarce(&self, sku: &str) -> bool {
        sku == self.out_of_stock_sku || self.scarce_skus.iter().any(|scarce| scarce == sku)
    }
}
