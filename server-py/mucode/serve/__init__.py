"""The gateway: one port and one token in front of a supervised model engine."""
