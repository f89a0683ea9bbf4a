"""The μCode training pipeline: stages with files in and files out. What evaluation measures is in mucode/evaluate."""
