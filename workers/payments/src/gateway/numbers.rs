//! The numbers that tell of what happens to gateways, shown as zero from the start on: whoever is to be warned of the first
//! event needs a number from before it.

use metrics::counter;
use schemas::types::GatewayName;

use super::circuits;

/// Begins to show them. Calls are counted by call and outcome, and none of them is a reason for a warning before it was made.
pub fn begin() {
    for gateway in GatewayName::ALL {
        circuits::show_closed(gateway);
        counter!("payments_previous_key_total", "gateway" => gateway.as_str()).increment(0);
        for other in GatewayName::ALL.into_iter().filter(|other| *other != gateway) {
            counter!("payments_failovers_total", "from" => gateway.as_str(), "to" => other.as_str()).increment(0);
        }
    }
}
