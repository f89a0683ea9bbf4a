"""What a pair of models is worth: pass@k, multi-turn best-of-N, tables and plots. Training is in mucode/train."""
