//! Fault points: places where a step can be made to fail or the process to die, to show that nothing is lost or doubled.
//!
//! Each [`Step`] has two points. An error *before* it: the step was refused. An error *after* it: the step took effect and
//! its answer was lost. A crash ends the process as `kill -9` would. `[faults] points` says where and how likely, in
//! development alone; where it says nothing, a step costs one relaxed load more.

use std::{
    future::Future,
    process,
    sync::{
        OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
};

use metrics::counter;

/// A step that can be made to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// One command that writes aggregates; a batch has up to two.
    Write,
    /// One command that writes rows; a batch has some for each collection.
    Rows,
    /// Every produce: a batch's messages, outcomes of calls, deadlines, dead letters, what the ingress appends.
    Publish,
    /// A call to a gateway or carrier.
    Call,
    /// Storing offsets. Nobody is told how it ended, so it has no errors.
    Offsets,
    /// The insert of what clients ask for, in the ingress.
    Request,
    /// Telling a projection.
    Project,
}

/// The points' names: a step's, then `.before` or `.after`.
const STEPS: [(Step, &str); 7] = [
    (Step::Write, "write"),
    (Step::Rows, "rows"),
    (Step::Publish, "publish"),
    (Step::Call, "call"),
    (Step::Offsets, "offsets"),
    (Step::Request, "request"),
    (Step::Project, "project"),
];
const SIDES: [&str; 2] = ["before", "after"];

/// An error that a fault point made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("fault point {step}.{side}")]
pub struct Fault {
    step: &'static str,
    side: &'static str,
}

/// What happens where, how likely, and the chances drawn so far.
#[derive(Debug, Default)]
pub struct Plan {
    chances: [[Chances; SIDES.len()]; STEPS.len()],
    seed: u64,
    drawn: AtomicU64,
}

/// Probabilities of a point.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Chances {
    error: f64,
    crash: f64,
}

static IS_ARMED: AtomicBool = AtomicBool::new(false);
static PLAN: OnceLock<Plan> = OnceLock::new();

/// Arms the points of this process, for as long as it lives.
pub fn arm(plan: Plan) {
    let does_something = plan.chances.as_flattened().iter().any(|chances| *chances != Chances::default());
    if PLAN.set(plan).is_ok() && does_something {
        IS_ARMED.store(true, Relaxed);
        tracing::warn!("fault points are armed: steps fail and this process dies at random");
    }
}

/// Takes a step between its two points.
///
/// # Errors
/// The step's own, or a [`Fault`].
pub async fn around<T, E: From<Fault>>(step: Step, take: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    let Some(plan) = armed() else { return take.await };
    plan.reach(step, 0)?;
    let taken = take.await?;
    plan.reach(step, 1)?;
    Ok(taken)
}

/// Takes a step that has no error between its two points.
pub fn crash_around<T>(step: Step, take: impl FnOnce() -> T) -> T {
    let Some(plan) = armed() else { return take() };
    let _ = plan.reach(step, 0);
    let taken = take();
    let _ = plan.reach(step, 1);
    taken
}

fn armed() -> Option<&'static Plan> {
    if IS_ARMED.load(Relaxed) { PLAN.get() } else { None }
}

impl Plan {
    /// Reads a plan such as `publish.before=crash:0.001,publish.after=error:0.01`. Equal seeds draw equal chances.
    ///
    /// # Errors
    /// A text that names the part that makes no sense.
    pub fn parse(text: &str, seed: u64) -> Result<Self, String> {
        let mut plan = Self { seed, ..Self::default() };
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            plan.add(part).map_err(|problem| format!("{part:?}: {problem}"))?;
        }
        Ok(plan)
    }

    fn add(&mut self, part: &str) -> Result<(), String> {
        let form = || "write it as <point>=error:<probability> or <point>=crash:<probability>".to_owned();
        let (point, chance) = part.split_once('=').ok_or_else(form)?;
        let (kind, probability) = chance.split_once(':').ok_or_else(form)?;
        let probability = probability.parse().ok().filter(|number| (0.0..=1.0).contains(number));
        let probability = probability.ok_or("the probability is no number from 0 to 1")?;
        let (step, side) = named(point).ok_or_else(|| format!("no such point; there are {}", names().join(", ")))?;
        let chances = &mut self.chances[step as usize][side];
        match kind {
            "error" if step == Step::Offsets => return Err("nobody is told of an error here; use crash".to_owned()),
            "error" => chances.error = probability,
            "crash" => chances.crash = probability,
            _ => return Err(form()),
        }
        Ok(())
    }

    fn reach(&self, step: Step, side: usize) -> Result<(), Fault> {
        let Chances { error, crash } = self.chances[step as usize][side];
        if error + crash == 0.0 {
            return Ok(());
        }
        let (fault, drawn) = (Fault { step: STEPS[step as usize].1, side: SIDES[side] }, self.draw());
        if drawn < crash {
            tracing::error!("{fault}: crash");
            process::abort();
        }
        if drawn < crash + error {
            counter!("fault_points_errors_total", "point" => fault.to_string()).increment(1);
            return Err(fault);
        }
        Ok(())
    }

    /// A number from 0 to 1, by SplitMix64: <https://doi.org/10.1145/2714064.2660195>.
    fn draw(&self) -> f64 {
        let turn = self.drawn.fetch_add(1, Relaxed).wrapping_add(1);
        let mut bits = self.seed.wrapping_add(turn.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        #[allow(clippy::cast_precision_loss, reason = "53 bits fit")]
        let unit = ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64;
        unit
    }
}

fn named(point: &str) -> Option<(Step, usize)> {
    let (step, side) = point.split_once('.')?;
    let step = STEPS.iter().find(|(_, name)| *name == step)?.0;
    Some((step, SIDES.iter().position(|name| *name == side)?))
}

fn names() -> Vec<String> {
    STEPS.iter().flat_map(|(_, step)| SIDES.map(|side| format!("{step}.{side}"))).collect()
}

impl From<Fault> for mongodb::error::Error {
    fn from(fault: Fault) -> Self {
        Self::custom(fault)
    }
}

impl From<Fault> for String {
    fn from(fault: Fault) -> Self {
        fault.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(plan: &Plan, step: Step, side: usize) -> usize {
        (0..10_000).filter(|_| plan.reach(step, side).is_err()).count()
    }

    #[test]
    fn a_point_fails_as_often_as_planned_and_the_others_never() {
        let plan = Plan::parse(" publish.after=error:0.1, write.before=error:1", 7).unwrap();
        let expected = 900..1_100;
        assert!(expected.contains(&faults(&plan, Step::Publish, 1)));
        assert_eq!(faults(&plan, Step::Write, 0), 10_000);
        assert_eq!(faults(&plan, Step::Publish, 0) + faults(&plan, Step::Write, 1) + faults(&plan, Step::Rows, 0), 0);
    }

    #[test]
    fn equal_seeds_draw_equal_chances() {
        let draws = |seed| {
            let plan = Plan::parse("", seed).unwrap();
            (0..50).map(|_| plan.draw()).collect::<Vec<_>>()
        };
        assert_eq!(draws(3), draws(3));
        assert_ne!(draws(3), draws(4));
        assert!(draws(5).iter().all(|drawn| (0.0..1.0).contains(drawn)));
    }

    #[test]
    fn a_plan_that_makes_no_sense_is_refused_by_name() {
        for (text, complaint) in [
            ("publish=error:0.1", "no such point"),
            ("publish.during=error:0.1", "no such point; there are write.before, write.after, rows.before"),
            ("publish.after=error", "write it as"),
            ("publish.after=panic:0.1", "write it as"),
            ("publish.after=error:1.5", "from 0 to 1"),
            ("publish.after=error:often", "from 0 to 1"),
            ("offsets.after=error:0.1", "use crash"),
        ] {
            let refusal = Plan::parse(text, 0).unwrap_err();
            assert!(refusal.contains(complaint) && refusal.contains(text), "{refusal}");
        }
    }

    #[test]
    fn every_point_can_be_named_and_says_its_name() {
        for (index, (step, _)) in STEPS.into_iter().enumerate() {
            assert_eq!(step as usize, index, "the table follows the steps");
        }
        for name in names().into_iter().filter(|name| !name.starts_with("offsets")) {
            let plan = Plan::parse(&format!("{name}=error:1"), 0).unwrap();
            let (step, side) = named(&name).unwrap();
            assert_eq!(plan.reach(step, side).unwrap_err().to_string(), format!("fault point {name}"));
        }
    }

    #[tokio::test]
    async fn without_a_plan_a_step_is_just_taken() {
        let taken = around::<_, Fault>(Step::Write, async { Ok(1) }).await;
        assert_eq!((taken, crash_around(Step::Offsets, || 2)), (Ok(1), 2));
    }
}
