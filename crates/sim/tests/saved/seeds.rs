//! The saved ones.

use crate::holds;

/// A server came back from its backup, and others wrote until it was at the number at which the rest had left it: the world
/// took that for level. `I17: op 3 of A has no answer`.
#[test]
fn seed_589_i17() {
    holds(
        "seed=589 devices=5 steps=215 stream_skips=74 kill=60 restore=14 delay_ms_max=1 \
         skips=0-23,25-120,122-157,159-165,167-181,183-193,195-207,209,211-212",
    );
}
