"""What methods and their ablations are called in tables and plots."""

METHODS = {"instruct": "Instruct", "rft": "single-turn RFT", "multi-star": "multi-turn RFT", "mucode": "μCode"}

ORACLE_ONLY, LEARNED_ONLY = "oracle only", "learned only"
FAILING_ONLY, AS_RELEASED = "failing rollouts only", "relabelled as released"
CROSS_ENTROPY = "cross-entropy verifier"
ONE_ITERATION = "1 iteration"

ABLATIONS = (ORACLE_ONLY, LEARNED_ONLY, FAILING_ONLY, AS_RELEASED, CROSS_ENTROPY, ONE_ITERATION)
"""Of μCode, each in a row of its own; others get one when they are run."""


def named(method: str, variant: str) -> str:
    """`μCode`, or `μCode, oracle only`."""
    name = METHODS.get(method, method)
    return f"{name}, {variant}" if variant else name
