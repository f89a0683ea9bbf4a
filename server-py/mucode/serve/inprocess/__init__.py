"""The engine `transformers`: both models by torch in a process of its own, where SGLang's wheel does not exist."""
