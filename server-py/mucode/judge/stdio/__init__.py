"""The kind "stdio": whole programs that read standard input and write standard output."""
