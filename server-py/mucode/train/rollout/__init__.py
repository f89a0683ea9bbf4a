"""Rollouts: a generator answers problems over several turns, the judge says what its programs are worth."""
