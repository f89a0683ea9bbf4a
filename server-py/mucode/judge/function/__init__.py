"""Problems of kind function: tests planned, divided or guarded, run in the child, and decided outside."""
