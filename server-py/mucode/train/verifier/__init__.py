"""The verifier R_φ (μCode, section 3.2): one number for a problem and a program, learned from verdicts on programs."""
