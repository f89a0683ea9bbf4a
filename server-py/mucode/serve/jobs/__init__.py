"""Training runs that clients of the gateway start, watch and stop. What a run does is in mucode/train."""
