"""Fine-tuning of the generator on the expert's programs (μCode, Algorithm 1, line 8). relabel.py makes the examples."""
