"""How much the property tests try: little enough for every run, the same in every run of CI."""

import os

from hypothesis import HealthCheck, settings

# Nothing is kept between runs; a failure prints what repeats it. Times mean nothing on a busy machine.
settings.register_profile(
    "mucode",
    max_examples=150,
    derandomize=bool(os.environ.get("CI")),
    database=None,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("mucode")
